/** What the build makes of the command line beside the program: data for completions, and the manual page. */
import { manualPage } from './help-manual.ts'
import { programOutline } from './program.ts'

export function describeProgram(version: string): { outline: string; manual: string } {
  const outline = programOutline(version)
  return { outline: JSON.stringify(outline), manual: manualPage(outline, version) }
}
