/**
 * Reads the manifests of commands: what may stand in a `*.tool.json`, and where a mistake in it is. A
 * key that is not known is a mistake: a misspelled `effect` would make a write of a read, or worse.
 */
import { readFile, stat } from 'node:fs/promises'
import * as z from 'zod'
import { AgentError } from '../contract/error.ts'
import { effectSchema } from '../contract/event.ts'
import { isJsonObject, type JsonObject } from '../contract/json.ts'
import { parseLocated } from '../contract/json-lines.ts'
import type { Policy } from '../contract/policy.ts'
import { checkPolicy } from '../contract/policy-check.ts'
import { whyUnreadable } from '../contract/system-error.ts'

const MAX_MANIFEST_BYTES = 1024 * 1024

const word = z.string().min(1)

/** In a word of ours, so that a policy is spelled alike wherever it stands. */
const policySchema = z.unknown().transform((value, context): Policy => {
  const { value: policy, fault } = checkPolicy(value)
  if (fault === null) return policy
  const { path, reason: message, known } = fault
  context.issues.push({ code: 'custom', input: value, path, message, params: { known } })
  return z.NEVER
})

export const manifestSchema = z.strictObject({
  /** For editors. */
  $schema: z.exactOptional(z.unknown()),
  name: word,
  description: z.string().refine((text) => text.trim() !== '', 'is empty'),
  input_schema: z.custom<JsonObject>(isJsonObject, 'is no JSON Schema but should be an object'),
  command: z
    .array(z.union([z.string(), z.array(z.string()).min(1)], { error: 'is neither a text nor a list of texts' }))
    .min(1),
  input: z.enum(['args', 'stdin']).default('args'),
  output: z.enum(['text', 'json']).default('text'),
  effect: effectSchema.default('write'),
  /** A text is a key, which may hold placeholders. */
  exclusive: z.union([z.boolean(), word], { error: 'is neither true, false nor a text' }).default(false),
  destructive: z.boolean().default(false),
  policy: policySchema.prefault({}),
  keywords: z.array(word).default([]),
  /** Names of variables. */
  env: z.exactOptional(z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable'))),
  cwd: z.exactOptional(word),
})

export type CommandManifest = z.infer<typeof manifestSchema>

export type ReadManifest = {
  manifest: CommandManifest
  /** The error that names file and line of what stands at `path` in the manifest. */
  fault(path: readonly PropertyKey[], message: string, hint?: string): AgentError
}

/** @throws AgentError `tool-load-failed` (exit 3) with file and line */
export async function readManifests(file: string): Promise<ReadManifest[]> {
  const failed = (line: number | null, message: string, hint: string | null = null) =>
    new AgentError('tool-load-failed', `"${line === null ? file : `${file}:${line}`}" does not load: ${message}`, {
      exit: 'config',
      hint,
    })
  const text = await readText(file, (message) => failed(null, message))
  const { parsed, lines } = parseLocated(text, failed)
  const isList = Array.isArray(parsed)
  const values: unknown[] = isList ? parsed : [parsed]
  if (values.length === 0) throw failed(1, 'holds no tool')
  return values.map((value, index) => {
    const fault: ReadManifest['fault'] = (path, message, hint) => {
      const place = path.length === 0 ? '' : `"${path.join('.')}": `
      return failed(lines.lineOf(isList ? [index, ...path] : path), `${place}${message}`, hint)
    }
    return { manifest: checked(value, fault), fault }
  })
}

async function readText(file: string, failed: (message: string) => AgentError): Promise<string> {
  try {
    const found = await stat(file)
    // A pipe could be read for ever.
    if (!found.isFile()) throw failed('is no regular file')
    if (found.size > MAX_MANIFEST_BYTES) throw failed('is larger than 1 MiB')
    return await readFile(file, 'utf8')
  } catch (error) {
    throw error instanceof AgentError ? error : failed(whyUnreadable(error))
  }
}

function checked(value: unknown, fault: ReadManifest['fault']): CommandManifest {
  const result = manifestSchema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue === undefined) throw fault([], 'is not valid')
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? `; known are ${Object.keys(manifestSchema.shape).join(', ')}` : ''
    throw fault([...issue.path, issue.keys[0] ?? ''], 'is no key of a manifest', `check the spelling${known}`)
  }
  const known = issue.code === 'custom' ? issue.params?.['known'] : null
  if (Array.isArray(known)) {
    throw fault(issue.path, 'is no key of a manifest', `check the spelling; known are ${known.join(', ')}`)
  }
  throw fault(issue.path, reason(issue))
}

function reason(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `is not of type ${issue.expected}`
    case 'invalid_value':
      return `is not one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_small':
      return issue.origin === 'number' ? `is not above ${issue.minimum}` : 'is empty'
    default:
      return issue.message
  }
}
