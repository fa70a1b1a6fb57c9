/**
 * Tells the values that are not there yet when a tool returns them: what yields its parts one by one, and
 * what has to be asked for its content, which only its author knows how to do.
 */

export type LazyValue =
  | { type: 'async'; yields: AsyncIterable<unknown> }
  | { type: 'sync'; yields: Iterable<unknown> }
  /** @param name  `Response` */
  | { type: 'unread'; name: string }

const UNREAD: ReadonlySet<string> = new Set(['Response', 'Request', 'Blob', 'File', 'Promise'])
/** They yield pairs of a name and a value. */
const PAIRS: ReadonlySet<string> = new Set(['Headers', 'URLSearchParams', 'FormData'])

/** @returns null where it is there as a whole, or cannot be looked at */
export function lazyValue(value: unknown): LazyValue | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  try {
    return lazyObject(value)
  } catch {
    return null
  }
}

function lazyObject(value: object): LazyValue | null {
  const isAsync = isFunction(value, Symbol.asyncIterator)
  const name = nameOf(value)
  if (isFunction(value, 'toJSON')) return null
  if (UNREAD.has(name)) return { type: 'unread', name }
  if (!isAsync && (!isFunction(value, Symbol.iterator) || isCollection(value) || PAIRS.has(name))) return null
  // What has members is told by them: the pages of an API's client, say, would fetch one another.
  if (!isFunction(value, 'pipe') && Object.keys(value).length > 0) return null
  // Its method is there.
  return isAsync
    ? { type: 'async', yields: value as AsyncIterable<unknown> }
    : { type: 'sync', yields: value as Iterable<unknown> }
}

/** json-text.ts has words of its own for these. */
function isCollection(value: object): boolean {
  return value instanceof Map || value instanceof Set || value instanceof String || ArrayBuffer.isView(value)
}

export function hasPairs(value: object): value is Iterable<readonly [string, unknown]> {
  return PAIRS.has(nameOf(value)) && isFunction(value, Symbol.iterator)
}

function nameOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function isFunction(value: object, key: string | symbol): boolean {
  return typeof Reflect.get(value, key) === 'function'
}
