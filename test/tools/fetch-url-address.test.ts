/**
 * What may not be connected to, in every spelling of an address.
 */
import { describe, expect, it } from 'vitest'
import { notPublic } from '../../tools/fetch-url/public-address.ts'
import { vettedLookup, vettedTarget } from '../../tools/fetch-url/vetted-target.ts'

describe('S8 an address that is not public is refused', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::8.8.8.8',
    '2002:7f00:1::',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '100::1',
    '4000::1',
    'no address',
    '',
  ])('%s', (address) => {
    expect(notPublic(address)).not.toBeNull()
  })

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101'])(
    'and %s is public',
    (address) => {
      expect(notPublic(address)).toBeNull()
    },
  )
})

describe('S8 a URL is refused before anything is connected', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://0/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[fe80::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://100.100.100.200/',
    'https://10.0.0.1:8443/',
    'http:\\\\127.0.0.1\\',
  ])('%s', (url) => {
    expect(() => vettedTarget(url, null, false)).toThrow('not a public address')
  })

  it.each([
    ['file:///etc/passwd', '"file:" is refused'],
    ['ftp://example.com/', '"ftp:" is refused'],
    ['data:text/plain,hi', '"data:" is refused'],
    ['javascript:alert(1)', '"javascript:" is refused'],
    ['http://user:word@example.com/', 'user name or password'],
    ['http://example.com@127.0.0.1/', 'user name or password'],
    ['http://[fe80::1%25eth0]/', 'is no URL'],
    ['http://127.0.0.1\0.example.com/', 'is no URL'],
    ['/relative', 'is no URL'],
    ['', 'is no URL'],
  ])('%s', (url, reason) => {
    expect(() => vettedTarget(url, null, false)).toThrow(reason)
  })

  it.each(['//127.0.0.1/', 'http://[::1]/', '\\\\0x7f.1\\', 'file:///etc/passwd'])(
    'or as a redirect to %s',
    (location) => {
      expect(() => vettedTarget(location, new URL('https://example.com/a/'), false)).toThrow(/refused/)
    },
  )

  it('while public ones pass, and private ones where the user allows them', () => {
    expect(vettedTarget('b', new URL('https://example.com/a/'), false).href).toBe('https://example.com/a/b')
    expect(vettedTarget('http://1.1.1.1/', null, false).href).toBe('http://1.1.1.1/')
    expect(vettedTarget('http://127.1/', null, true).href).toBe('http://127.0.0.1/')
    expect(() => vettedTarget('file:///etc/passwd', null, true)).toThrow('is refused')
  })
})

describe('S8 a name is vetted when it is connected', () => {
  const look = (allowPrivateNetwork: boolean, all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      vettedLookup(allowPrivateNetwork)('localhost', { all, family: 4 }, (error, address) => {
        if (error === null) resolve(address)
        else reject(error)
      })
    })

  it.each([true, false])('localhost is refused, all addresses asked for: %s', async (all) => {
    await expect(look(false, all)).rejects.toThrow(
      '"localhost" (127.0.0.1) is refused: not a public address (loopback)',
    )
  })

  it('and passes where the user allows it, in the form that was asked for', async () => {
    expect(await look(true, true)).toEqual([{ address: '127.0.0.1', family: 4 }])
    expect(await look(true, false)).toBe('127.0.0.1')
  })
})
