import { describe, expect, it } from 'vitest'
import { chooseCredentials } from '../../src/config-model.ts'
import { isAnthropicUrl } from '../../src/contract/anthropic-server.ts'
import { serverFacts } from '../../src/models/server-address.ts'
import { modelConfig } from '../models/model-rig.ts'

const OWN = ['https://api.anthropic.com', 'https://api.anthropic.com/v1', 'https://a.b.anthropic.com:8443']
const OTHERS = [
  'http://api.anthropic.com',
  'https://anthropic.com.example.org',
  'https://notanthropic.com',
  'https://example.org/anthropic.com',
  'http://127.0.0.1:11434',
]

describe('Anthropic’s own', () => {
  it.each(OWN)('is %s', (url) => expect(isAnthropicUrl(url)).toBe(true))
  it.each([...OTHERS, 'no URL', ''])('is not %j', (url) => expect(isAnthropicUrl(url)).toBe(false))

  it.each([...OWN, ...OTHERS])('is the same to the choice of a key and to messages: %s', (url) => {
    const needsKey = () => chooseCredentials({}, url)
    const facts = serverFacts(modelConfig(), url)
    if (isAnthropicUrl(url)) expect(needsKey).toThrow('no API key')
    else expect(needsKey()).toBeNull()
    expect(facts.anthropic).toBe(isAnthropicUrl(url))
    expect(facts.title === 'the API').toBe(isAnthropicUrl(url))
  })
})
