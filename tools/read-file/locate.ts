/**
 * Finds the file that a path means, and refuses what lies outside the root or looks like a secret.
 * Everything is checked twice: as written, so that nothing outside is even looked at, and as what
 * it really is, after all symbolic links.
 */
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { permanentError } from '../errors/permanent-error.ts'
import { looksSecret } from './secret-names.ts'

export type LocateOptions = { root: string; allowDotfiles: boolean }

export type Located = {
  /** Absolute, without symbolic links. */
  real: string
  /** Relative to the root, as written. */
  shown: string
}

/** @throws for NUL, `..` and links that leave the root, hidden and secret names, and missing files */
export async function locate(path: string, { root, allowDotfiles }: LocateOptions): Promise<Located> {
  if (path.includes('\0')) throw permanentError('the path holds a NUL character')
  const realRoot = await realpath(root)
  const written = resolve(root, path)
  // An absolute path may go through the root's real name as well as through the one that was given.
  const shown = within(root, written) ?? within(realRoot, written)
  if (shown === null) throw outside(path)
  refuseSecrets(path, shown, allowDotfiles)

  const real = await realpath(resolve(realRoot, shown)).catch((error: NodeJS.ErrnoException) => {
    throw permanentError(`"${path}" cannot be read: ${reasonOf(error)}`, { cause: error })
  })
  const reached = within(realRoot, real)
  if (reached === null) throw outside(path)
  refuseSecrets(path, reached, allowDotfiles)
  return { real, shown }
}

/** The way from `root` to `path`, or null where it leads outside. */
function within(root: string, path: string): string | null {
  const way = relative(resolve(root), path)
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way
}

/** The same words whether something is there or not. */
function outside(path: string): Error {
  return permanentError(`"${path}" is refused: it leads outside the folder that may be read`)
}

function refuseSecrets(path: string, way: string, allowDotfiles: boolean): void {
  if (allowDotfiles) return
  const secret = way.split(sep).find(looksSecret)
  if (secret === undefined) return
  throw permanentError(`"${path}" is refused: "${secret}" is hidden or may hold secrets; see --allow-dotfiles`)
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file'
    case 'ELOOP':
      return 'its symbolic links go round in a circle'
    case 'EACCES':
      return 'permission denied'
    default:
      return code ?? message
  }
}
