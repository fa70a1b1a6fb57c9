/**
 * Makes the README's table of flags from what `agent ask --help` says: `node docs/make-flags.mjs` writes it
 * there, `--print` prints it. It needs the built command, and says nothing that the command does not say.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const BLOCK = /(<!-- made by docs\/make-flags\.mjs -->\n)[\s\S]*?(\n<!-- until here -->)/

/** The options of the help, in its order: heading, flags, what they do. Long lines are joined again. */
function readOptions(help) {
  const rows = []
  let group = null
  let inOption = false
  for (const line of help.split('\n')) {
    const [, heading] = /^([A-Z].*):$/.exec(line) ?? []
    const [, flags, does] = /^ {2}(-.*?) {2,}(.*)$/.exec(line) ?? []
    if (heading === 'Exit codes') break
    if (heading !== undefined) group = heading.replace(/ \(.*/, '')
    if (flags !== undefined) rows.push({ group, flags, does })
    else if (inOption && /^ {10}/.test(line)) rows.at(-1).does += ` ${line.trim()}`
    inOption = flags !== undefined || (inOption && line.startsWith('  '))
  }
  return rows
}

/** As the formatter would have it: cells of a column are equally wide. */
function markdownTable(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [first, ...others] = cells.map(line)
  return [first, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n')
}

const help = execFileSync(process.execPath, [join(root, 'bin', 'agent.js'), 'ask', '--help'], { encoding: 'utf8' })
const options = readOptions(help)
const rows = options.map(({ group, flags, does }, index) => {
  return [options[index - 1]?.group === group ? '' : group, `\`${flags}\``, does]
})
const table = markdownTable(['', 'flag', 'does'], rows)

if (process.argv.includes('--print')) process.stdout.write(`${table}\n`)
else {
  const path = join(root, 'README.md')
  const readme = readFileSync(path, 'utf8')
  if (!BLOCK.test(readme)) throw new Error('README.md has no place for the table of flags')
  writeFileSync(
    path,
    readme.replace(BLOCK, (_, before, after) => `${before}\n${table}\n${after}`),
  )
}
