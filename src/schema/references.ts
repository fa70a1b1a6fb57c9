/**
 * Finds out where the references of a JSON Schema lead. Only places within the schema itself are
 * followed; nothing is ever fetched.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.ts'
import { innerSchemas } from './subschemas.ts'

export interface References {
  /** @returns why `reference`, which stands in `from`, cannot be followed; null where it can */
  fault(reference: JsonValue, from: JsonObject): string | null
  /** An `$id` that two schemas bear; null where there is none. */
  readonly duplicate: string | null
}

/** A schema with an `$id`, or the whole: what `#` means to the schemas in it. */
type Resource = { url: URL; root: JsonObject }

/** Stands for the address that most schemas do not have. */
const NO_ADDRESS = 'schema://tool/'

/** @param schema  not so deep that a recursive walk could overflow the stack */
export function findReferences(schema: JsonObject): References {
  const resources = new Map<string, JsonObject>()
  const anchors = new Set<string>()
  const homes = new Map<JsonObject, Resource>()
  let duplicate: string | null = null

  function visit(value: JsonValue, outer: Resource): void {
    if (!isJsonObject(value)) return
    const home = resourceOf(value, outer)
    if (home !== outer) {
      if (resources.has(home.url.href)) duplicate ??= home.url.href
      resources.set(home.url.href, value)
    }
    homes.set(value, home)
    for (const name of [value['$anchor'], value['$dynamicAnchor']]) {
      if (typeof name === 'string') anchors.add(`${home.url.href}#${name}`)
    }
    for (const [keyword, inner] of Object.entries(value)) {
      for (const [, innerSchema] of innerSchemas(keyword, inner)) visit(innerSchema, home)
    }
  }

  function resourceOf(value: JsonObject, outer: Resource): Resource {
    // Draft 4 has `id`, and the library still reads it.
    const id = value['$id'] ?? value['id']
    if (typeof id !== 'string') return outer
    const url = urlOf(id, outer.url)
    if (url === null) return outer
    if (url.hash.length > 1) {
      anchors.add(url.href)
      return outer
    }
    url.hash = ''
    return { url, root: value }
  }

  const whole = { url: new URL(NO_ADDRESS), root: schema }
  resources.set(NO_ADDRESS, schema)
  visit(schema, whole)

  return {
    duplicate,
    fault(reference, from) {
      if (typeof reference !== 'string') return 'is no text'
      const url = urlOf(reference, (homes.get(from) ?? whole).url)
      if (url === null) return 'is no reference'
      const fragment = url.hash.slice(1)
      const target = url.href.slice(0, url.href.length - url.hash.length).replace(/#$/, '')
      const root = resources.get(target)
      if (root === undefined) return 'leads out of the schema, and nothing is fetched'
      if (fragment === '') return null
      const found = fragment.startsWith('/') ? isSchemaAt(root, fragment) : anchors.has(url.href)
      return found ? null : 'leads nowhere'
    },
  }
}

function urlOf(reference: string, base: URL): URL | null {
  return URL.canParse(reference, base.href) ? new URL(reference, base) : null
}

function isSchemaAt(root: JsonObject, pointer: string): boolean {
  let current: JsonValue | undefined = root
  for (const part of pointer.slice(1).split('/')) {
    const key = unescaped(part)
    if (key === null || typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return false
    current = Array.isArray(current) ? current[Number(key)] : current[key]
  }
  return isJsonObject(current) || typeof current === 'boolean'
}

function unescaped(part: string): string | null {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return null // a "%" that escapes nothing
  }
}
