/** What `agent doctor` makes of what it has found, where finding it takes a server that is not to be had here. */
import { describe, expect, it } from 'vitest'
import { keyFinding, modelFinding, serverFinding } from '../../src/commands/doctor-server.ts'
import { nodeFinding } from '../../src/commands/doctor-setup.ts'
import type { ModelFault } from '../../src/contract/model.ts'
import { fault } from '../../src/models/fault.ts'
import type { Reached } from '../../src/models/reach.ts'

const KEY = { kind: 'api_key', value: 'sk-secret' } as const
const at = (status: number | null, told: ModelFault | null, anthropic: boolean): Reached => {
  return { url: 'https://there', anthropic, status, fault: told }
}
const refused = fault('account', 'authentication_error', 'it answered 401', { hint: 'check ANTHROPIC_API_KEY' })
const missing = fault('rejected', 'not_found_error', 'it answered 404', { hint: 'name another' })
const busy = fault('unavailable', 'overloaded_error', 'it answered 529')
const silent = fault('unavailable', 'refused', 'there refused the connection', { hint: 'check the network' })
const redirect = fault('rejected', 'redirect', 'it answered 302', { hint: 'name the right server' })

const all = (reached: Reached, key: typeof KEY | null = KEY) =>
  [keyFinding(key, reached), serverFinding(reached), modelFinding('m', reached)].map(({ status, exit }) =>
    exit === 0 ? status : `${status} ${exit}`,
  )

describe('what the answer of a server means', () => {
  it.each([
    ['a success', at(200, null, true), ['ok', 'ok', 'ok']],
    ['a refused key', at(401, refused, true), ['failed 4', 'ok', 'skipped']],
    ['an unknown model', at(404, missing, true), ['ok', 'ok', 'failed 5']],
    ['too much to do', at(529, busy, true), ['ok', 'warning', 'skipped']],
    ['a redirect', at(302, redirect, true), ['ok', 'warning', 'skipped']],
    ['silence', at(null, silent, true), ['ok', 'failed 6', 'skipped']],
  ])('of Anthropic: %s', (_, reached, statuses) => {
    expect(all(reached)).toEqual(statuses)
  })

  it.each([
    ['a success', at(200, null, false), ['ok', 'ok', 'ok']],
    ['a refused key', at(401, refused, false), ['warning', 'ok', 'skipped']],
    ['no such page', at(404, missing, false), ['ok', 'ok', 'skipped']],
    ['a fault of its own', at(500, busy, false), ['ok', 'ok', 'skipped']],
    ['a redirect', at(302, redirect, false), ['ok', 'warning', 'skipped']],
    ['silence', at(null, silent, false), ['ok', 'failed 6', 'skipped']],
  ])('of another one: %s', (_, reached, statuses) => {
    expect(all(reached, null)).toEqual(statuses)
  })

  it('says that a key is taken only where that was seen', () => {
    const { message } = keyFinding(KEY, at(200, null, true))
    expect(message).toBe('ANTHROPIC_API_KEY is set, and taken')
    expect(keyFinding(KEY, at(529, busy, true)).message).toBe('ANTHROPIC_API_KEY is set')
    expect(keyFinding({ ...KEY, kind: 'auth_token' }, at(200, null, false)).message).toBe('ANTHROPIC_AUTH_TOKEN is set')
    expect(keyFinding(null, at(200, null, false)).message).toBe('none set; https://there may need none')
  })
})

describe('the version of Node', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.20.2', 'ok'],
    ['22.0.0', 'ok'],
    ['20.18.9', 'failed'],
    ['18.20.0', 'failed'],
    ['9.99.99', 'failed'],
  ])('%s is %s where >=20.19 is needed', (version, status) => {
    expect(nodeFinding(version, '>=20.19').status).toBe(status)
  })
})
