/**
 * Reads a text file below one folder. Off until the user names that folder with `--root` or allows
 * the tool: a page that the model has read may ask for files to send away.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { locate } from './read-file/locate.ts'
import { readTextFile } from './read-file/read-text-file.ts'

export default defineTool({
  name: 'read_file',
  description: 'Reads a text file from the folder that the user opened to you.',
  input: z.object({
    path: z.string().describe('relative to that folder, e.g. "src/main.ts"'),
  }),
  effect: 'read',
  keywords: ['read', 'file', 'open', 'show', 'contents'],
  async execute({ path }, { settings }) {
    const { root, allowDotfiles } = settings
    const file = await locate(path, { root: root ?? process.cwd(), allowDotfiles })
    const { bytes, text } = await readTextFile(file.real)
    return { path: file.shown, bytes, text }
  },
})
