/**
 * What the run has used up of its budgets: of tokens and of money, over all requests, those that had
 * to be sent again included. It only reckons; that no further request is sent is run.ts's.
 */
import type { RunPolicies } from '../contract/config.ts'
import type { EventBody } from '../contract/event.ts'
import type { Usage } from '../contract/message.ts'
import { allTokens, costUsd } from '../contract/price.ts'

export type BudgetMet = { code: 'max_total_tokens' | 'max_cost'; message: string; hint: string }

export interface Spending {
  add(event: EventBody): void
  /**
   * The budget that is used up, or null.
   *
   * @param usage  of an attempt that no event has told of yet
   */
  met(usage: Usage | null): BudgetMet | null
}

/** @param before  of the requests that the run had sent before it was interrupted */
export function openSpending(
  model: string,
  { maxTotalTokens, maxCostUsd }: RunPolicies,
  before: readonly Usage[],
): Spending {
  const requests = [...before]

  return {
    add: (event) => {
      if (event.type === 'message_end') requests.push(event.message.usage)
      else if (event.type === 'turn_retry' && event.usage !== null) requests.push(event.usage)
    },
    met: (usage) => {
      if (maxTotalTokens === null && maxCostUsd === null) return null
      const all = usage === null ? requests : [...requests, usage]
      const tokens = all.reduce((sum, one) => sum + allTokens(one), 0)
      if (maxTotalTokens !== null && tokens >= maxTotalTokens) {
        const message = `the run has used ${tokens} tokens, and may use ${maxTotalTokens}`
        return { code: 'max_total_tokens', message, hint: 'give it more with --max-total-tokens' }
      }
      // Where the price is unknown no run with a limit of cost begins (config).
      const cost = costUsd(model, ...all)
      if (maxCostUsd !== null && cost !== null && cost >= maxCostUsd) {
        const message = `the run has cost $${cost}, and may cost $${maxCostUsd}`
        return { code: 'max_cost', message, hint: 'give it more with --max-cost' }
      }
      return null
    },
  }
}
