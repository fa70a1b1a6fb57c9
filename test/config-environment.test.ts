import { describe, expect, it } from 'vitest'
import {
  credentialRedactor,
  environmentRedactor,
  isSecretName,
  modelCredentials,
  secretValues,
  toolEnvironments,
} from '../src/config-environment.ts'

const environment = {
  PATH: '/bin',
  HOME: '/home/me',
  LC_ALL: 'C',
  https_proxy: 'http://proxy:1',
  GITHUB_TOKEN: 'ghp_0123456789',
  WEATHER_URL: 'http://weather',
  ANTHROPIC_API_KEY: 'sk-ant-0123456789\n',
  ANTHROPIC_AUTH_TOKEN: 'token-0123456789',
  ANTHROPIC_FOUNDRY_API_KEY: 'foundry-0123456789',
  ANTHROPIC_CUSTOM_HEADERS: 'x-auth: abc',
  ANTHROPIC_MODEL: 'some-model',
  CLAUDE_CODE_OAUTH_TOKEN: 'oauth-0123456789',
  MY_COPY: 'Bearer sk-ant-0123456789',
}

describe('the environment of tools', () => {
  it("S2 has none of the model's credentials, under whatever name", () => {
    expect(toolEnvironments(environment, false).environment).toEqual({
      PATH: '/bin',
      HOME: '/home/me',
      LC_ALL: 'C',
      https_proxy: 'http://proxy:1',
      GITHUB_TOKEN: 'ghp_0123456789',
      WEATHER_URL: 'http://weather',
      ANTHROPIC_MODEL: 'some-model',
    })
  })

  it('S2 is an allow-list with --clean-env', () => {
    expect(toolEnvironments(environment, true).environment).toEqual({
      PATH: '/bin',
      HOME: '/home/me',
      LC_ALL: 'C',
      https_proxy: 'http://proxy:1',
    })
  })

  it('does not lose variables to a key of one letter, as local servers take', () => {
    expect(toolEnvironments({ ANTHROPIC_AUTH_TOKEN: 'x', TMPDIR: '/tmp/x' }, false).environment).toEqual({
      TMPDIR: '/tmp/x',
    })
  })
})

describe('what is secret in the environment', () => {
  it.each([
    ...['API_KEY', 'GITHUB_TOKEN', 'DB_PASSWORD', 'secret', 'AWS_SECRET_ACCESS_KEY', 'NPM_CONFIG__AUTH', 'myApiKey'],
    ...['npm_config_//registry.npmjs.org/:_authToken', 'DB_PWD', 'GOOGLE_CREDENTIALS'],
  ])('S3 counts %s', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each(['PATH', 'PWD', 'OLDPWD', 'KEYBOARD', 'SSH_AUTH_SOCK', 'MONKEY', 'AUTHOR', 'TOKEN_URL', 'KEY_FILE'])(
    'leaves %s alone',
    (name) => {
      expect(isSecretName(name)).toBe(false)
    },
  )

  it('S3 is taken out of texts, trimmed or not', () => {
    const redact = environmentRedactor({
      ANTHROPIC_API_KEY: 'sk-one-01234567\n',
      A_TOKEN: 'token-0123456789',
      B: 'plain-0123456789',
    })
    expect(redact('sk-one-01234567 token-0123456789 plain-0123456789')).toBe('[redacted] [redacted] plain-0123456789')
  })

  it('S3 gives values as they stand and trimmed', () => {
    expect(modelCredentials({ ANTHROPIC_API_KEY: 'sk-1\n', A_TOKEN: 't' })).toEqual(['sk-1\n', 'sk-1'])
    expect(secretValues({ A_TOKEN: 't', B: 'x', C_SECRET: '' })).toEqual(['t'])
  })
})

describe('what a journal leaves out', () => {
  it("S3 is the model's credentials and nothing else, or a run could not go on as it was", () => {
    const redact = credentialRedactor({ ...environment, ANTHROPIC_AUTH_TOKEN: 'ollama' })
    expect(redact('key sk-ant-0123456789.')).toBe('key [redacted].')
    const others = `ollama AKIAQWERTYUIOPASDFGH ghp_${'a1'.repeat(18)}`
    expect(redact(others)).toBe(others)
    expect(credentialRedactor({})(others)).toBe(others)
  })
})
