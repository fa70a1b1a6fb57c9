import { describe, expect, it } from 'vitest'
import type { PermissionRules } from '../../src/contract/permission.ts'
import { permissionOf } from '../../src/contract/permission.ts'

const verdict = (name: string, destructive: boolean, rules: Partial<PermissionRules>, someone = false) =>
  permissionOf(
    { name, source: 'module', destructive },
    { allow: [], deny: [], ...rules },
    someone ? async () => true : null,
  ).type

describe('permission', () => {
  it.each([
    ['what is not destructive may run', 'drop', false, {}, 'allowed'],
    ['S10 what is destructive may not', 'drop', true, {}, 'denied'],
    ['S10 what is destructive may when it is allowed by name', 'drop', true, { allow: ['drop'] }, 'allowed'],
    ['or by glob', 'mcp__db__drop', true, { allow: ['mcp__db__*'] }, 'allowed'],
    ['a glob means the whole name', 'drop_all', true, { allow: ['drop'] }, 'denied'],
    ['a question mark is one character', 'drop', true, { allow: ['dro?'] }, 'allowed'],
    ['other characters stand for themselves', 'dropx', true, { allow: ['drop.'] }, 'denied'],
    ['deny wins over allow', 'drop', true, { allow: ['*'], deny: ['d*'] }, 'denied'],
    ['deny holds for what is not destructive too', 'drop', false, { deny: ['drop'] }, 'denied'],
  ] as const)('%s', (_, name, destructive, rules, expected) => {
    expect(verdict(name, destructive, rules)).toBe(expected)
  })

  it('S10 asks where there is somebody to ask, but not about what is denied or allowed', () => {
    expect(verdict('drop', true, {}, true)).toBe('ask')
    expect(verdict('drop', true, { deny: ['drop'] }, true)).toBe('denied')
    expect(verdict('drop', true, { allow: ['drop'] }, true)).toBe('allowed')
  })
})
