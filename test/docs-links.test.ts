/** Whoever follows a link of the README, of a page or of CONTRIBUTING finds the file, and the heading in it. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Page } from './docs-pages.ts'
import { code, markdownIn, OTHERS, PAGES, ROOT } from './docs-pages.ts'

const LINKING = [...markdownIn(''), ...markdownIn('docs'), ...markdownIn('examples/policies')]

type Link = { from: string; target: string; path: string; anchor: string | null }

/** Links and pictures to what is in the repository. */
function links({ path: from, text }: Page): Link[] {
  const withoutCode = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
  return [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor = null] = target.split('#')
    return [{ from, target, path: file === '' ? from : normalize(join(dirname(from), file)), anchor }]
  })
}

/** The anchors of a page's headings, as forges make them. */
function anchors(text: string): string[] {
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = '']) => heading,
  )
  return headings.map((heading) => {
    return heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
  })
}

const all = LINKING.flatMap(links)
const named = (link: Link) => `${link.from}: ${link.target}`

describe('the links between pages', () => {
  it('lead to files', () => {
    const dead = all.filter(({ path }) => !existsSync(join(ROOT, path)))
    expect(dead.map(named)).toEqual([])
    expect(all.length).toBeGreaterThan(30)
  })

  it('lead to headings', () => {
    const dead = all.filter(({ path, anchor }) => {
      return anchor !== null && !anchors(readFileSync(join(ROOT, path), 'utf8')).includes(anchor)
    })
    expect(dead.map(named)).toEqual([])
    expect(all.filter(({ anchor }) => anchor !== null).length).toBeGreaterThan(5)
  })

  it('lead from the README to every page', () => {
    const linked = all.filter(({ from }) => from === 'README.md').map(({ path }) => path)
    const pages = [...PAGES.map(({ path }) => path).slice(1), ...OTHERS, 'CONTRIBUTING.md']
    expect(pages.filter((path) => !linked.includes(path))).toEqual([])
    expect(pages.length).toBeGreaterThan(10)
  })

  it('have no headings that two sections of a page share', () => {
    const twice = LINKING.filter(({ path }) => path !== 'CHANGELOG.md').filter(({ text }) => {
      const found = anchors(text)
      return new Set(found).size < found.length
    })
    expect(twice.map(({ path }) => path)).toEqual([])
  })

  it('and the files of the program that pages name are there', () => {
    const paths = [...PAGES, ...markdownIn('').filter(({ path }) => path === 'CONTRIBUTING.md')].flatMap(
      ({ path, text }) => {
        const inText = code(text.replace(/^```[\s\S]*?^```$/gm, '')).filter((word) =>
          /^(?:src|test)\/[\w./-]+$/.test(word),
        )
        return inText.map((word) => ({ path, word }))
      },
    )
    expect(paths.filter(({ word }) => !existsSync(join(ROOT, word)) && !/[A-Z]{2}/.test(word))).toEqual([])
    expect(paths.length).toBeGreaterThan(20)
  })
})
