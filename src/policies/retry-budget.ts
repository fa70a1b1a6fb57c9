/**
 * How many further attempts a run may make in all: a tenth of its calls and a few. Retries help
 * against a fault now and then; when everything fails they only make more load.
 *
 * @see "Addressing Cascading Failures", Site Reliability Engineering, O'Reilly 2016 (retry budgets)
 */
const SHARE = 0.1
const ALWAYS = 3

export class RetryBudget {
  readonly #spent: (retries: number) => void
  #calls = 0
  #retries = 0
  #told = false

  /** @param spent  told once, when an attempt is refused */
  constructor(spent: (retries: number) => void) {
    this.#spent = spent
  }

  callSubmitted(): void {
    this.#calls += 1
  }

  /** @returns whether one more attempt may be made, which is then counted */
  take(): boolean {
    if (this.#retries < Math.floor(this.#calls * SHARE) + ALWAYS) {
      this.#retries += 1
      return true
    }
    if (!this.#told) this.#spent(this.#retries)
    this.#told = true
    return false
  }
}
