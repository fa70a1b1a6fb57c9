/** Who decides which model is asked: every combination of what the three levels can say. */
import { describe, expect, it } from 'vitest'
import { folder, load } from './config-rig.ts'

/** What a level says: `offline` by the flag or key, `planner` by a model of that name. */
type Says = { offline?: boolean; model?: string; url?: string }

const DEFAULT = 'claude-sonnet-5-5'
const url = (level: string) => `http://127.0.0.1:9/${level}`

function sayings(level: string, hasOffline: boolean): Says[] {
  const models: Says[] = [{}, { model: `model-of-${level}` }, { model: 'offline' }]
  const placed = models.flatMap((says) => [says, { ...says, url: url(level) }])
  return hasOffline ? [...placed, ...placed.map((says) => ({ ...says, offline: true }))] : placed
}

const isOffline = ({ offline, model }: Says) => offline === true || model === 'offline'
const isOnline = (says: Says) => !isOffline(says) && (says.model ?? says.url) !== undefined

/** The sentence of the README: flags before the environment, the environment before the file. */
function expected(levels: Says[]): [name: string, baseUrl: string | null] {
  const first = levels.find((says) => isOffline(says) || isOnline(says))
  if (first !== undefined && isOffline(first)) return ['offline', null]
  const models = levels.flatMap(({ model }) => (model === undefined || model === 'offline' ? [] : [model]))
  const urls = levels.flatMap((says) => (says.url === undefined ? [] : [says.url]))
  return [models[0] ?? DEFAULT, urls[0] ?? null]
}

function flagsFor({ offline, model, url }: Says): string[] {
  return [
    ...(offline ? ['--offline'] : []),
    ...(model === undefined ? [] : ['-m', model]),
    ...(url === undefined ? [] : ['--base-url', url]),
  ]
}

function conflicts({ offline, model, url }: Says): boolean {
  if (offline) return url !== undefined || (model !== undefined && model !== 'offline')
  return model === 'offline' && url !== undefined
}

async function chosen(flags: Says, environment: Says, directory: string): Promise<[string, string | null]> {
  const { config } = await load([...flagsFor(flags), '--config', 'agent.json'], {
    directory,
    environment: { ANTHROPIC_MODEL: environment.model, ANTHROPIC_BASE_URL: environment.url },
  })
  return [config.model.name, config.model.baseUrl]
}

describe('the model and its server', () => {
  it.each<[Says, Says, Says, string, string | null]>([
    [{}, {}, { offline: true }, 'offline', null],
    [{}, { model: 'a' }, { offline: true }, 'a', null],
    [{}, { url: url('env') }, { offline: true }, DEFAULT, url('env')],
    [{}, { url: url('env') }, { model: 'offline' }, DEFAULT, url('env')],
    [{ url: url('flag') }, { model: 'offline' }, {}, DEFAULT, url('flag')],
    [{ url: url('flag') }, { model: 'offline' }, { model: 'b' }, 'b', url('flag')],
    [{ model: 'a' }, {}, { offline: true, url: url('file') }, 'a', url('file')],
    [{ offline: true }, { model: 'a', url: url('env') }, {}, 'offline', null],
    [{ model: 'offline' }, { url: url('env') }, {}, 'offline', null],
    [{}, { model: 'offline', url: url('env') }, {}, 'offline', null],
  ])('are, with flags %j, environment %j and file %j: %s at %s', async (flags, environment, file, name, baseUrl) => {
    const settings = { offline: file.offline, model: file.model, base_url: file.url }
    const directory = folder({ 'agent.json': JSON.stringify(settings) })
    expect(await chosen(flags, environment, directory)).toEqual([name, baseUrl])
  })

  it('are decided by the first level that says something of them, in every combination', async () => {
    const wrong: unknown[] = []
    let count = 0
    for (const file of sayings('file', true)) {
      const settings = { offline: file.offline, model: file.model, base_url: file.url }
      const directory = folder({ 'agent.json': JSON.stringify(settings) })
      for (const flags of sayings('flag', true)) {
        for (const environment of sayings('environment', false)) {
          const levels = [flags, environment, file]
          count += 1
          const seen = await chosen(flags, environment, directory).catch(({ exitCode }) => exitCode)
          const right = conflicts(flags) ? 2 : expected(levels)
          if (JSON.stringify(seen) !== JSON.stringify(right)) wrong.push({ levels, seen, right })
        }
      }
    }
    expect(wrong).toEqual([])
    expect(count).toBe(12 * 12 * 6)
  })
})
