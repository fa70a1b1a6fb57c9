/**
 * The JSON Schemas (2020-12) of what `agent` writes and reads, made from the schemas by which it checks
 * them itself. Transcripts and events are open for whoever reads them: a later version may add a key.
 * The config file and tool manifests are closed: there a key that is not known is a mistake.
 */
import * as z from 'zod'
import { configFileSchema } from '../config-file.ts'
import { unreachable } from '../contract/error.ts'
import {
  agentEventSchema,
  assistantMessageSchema,
  callErrorSchema,
  contentBlockSchema,
  failedOutcomeSchema,
  jsonValueSchema,
  messageSchema,
  okOutcomeSchema,
  outcomeSchema,
  queuedBySchema,
  runErrorSchema,
  usageSchema,
} from '../contract/event.ts'
import type { JsonObject, JsonSchema } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import { toolCallSchema, transcriptSchema, turnSchema } from '../contract/transcript.ts'
import { manifestSchema } from '../sources/command-manifest.ts'
import { policySchema, toolOverrideSchema } from './policy-schema.ts'
import type { SchemaName } from './schema-names.ts'
import type { Words } from './schema-words.ts'
import { SHARED_WORDS } from './schema-words.ts'
import { EVENT_WORDS } from './schema-words-event.ts'
import { CONFIG_WORDS, TOOL_WORDS } from './schema-words-settings.ts'
import { TRANSCRIPT_WORDS } from './schema-words-transcript.ts'

/** What stands in several places, by its name among the definitions. */
const DEFINED: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ['json', jsonValueSchema],
  ['content_block', contentBlockSchema],
  ['message', messageSchema],
  ['assistant_message', assistantMessageSchema],
  ['usage', usageSchema],
  ['call_error', callErrorSchema],
  ['run_error', runErrorSchema],
  ['queued_by', queuedBySchema],
  ['outcome', outcomeSchema],
  ['ok_outcome', okOutcomeSchema],
  ['failed_outcome', failedOutcomeSchema],
  ['tool_call', toolCallSchema],
  ['turn', turnSchema],
  ['policy', policySchema],
  ['tool_settings', toolOverrideSchema],
  ...agentEventSchema.options.map((option) => [option.shape.type.value, option] as const),
]

/** As the config file has it; that it is no more than a timer can hold is beyond a pattern. */
const duration = z.string().regex(/^\s*\d{1,10}(\.\d{1,6})?(ms|s|m|h)\s*$/)
const someText = z.string().regex(/\S/)
/** Where a schema checks by a function there is here what it checks. */
const manifest = manifestSchema.extend({
  description: someText,
  input_schema: z.record(z.string(), jsonValueSchema),
  policy: z.exactOptional(policySchema),
})
const config = configFileSchema
  .extend({
    tool_timeout: duration,
    timeout: duration,
    optional_grace: duration,
    early_results: duration,
    answer_by: duration,
    tools: z.record(z.string().regex(/^[A-Za-z0-9_.*?-]+$/), toolOverrideSchema),
  })
  .partial()

export function jsonSchemaOf(name: SchemaName): JsonSchema {
  switch (name) {
    case 'transcript':
      return document(transcriptSchema, {
        $id: 'urn:agent-ask:transcript:1',
        title: 'A run of agent as one document, version 1',
        words: [TRANSCRIPT_WORDS, SHARED_WORDS],
      })
    case 'event':
      return document(agentEventSchema, {
        $id: 'urn:agent-ask:event:1',
        title: 'An event of a run of agent: a line of --jsonl, and the event of a record in a journal of format 1',
        words: [EVENT_WORDS, SHARED_WORDS],
      })
    case 'tool':
      return document(z.union([manifest, z.array(manifest).min(1)]), {
        $id: 'urn:agent-ask:tool',
        title: 'A *.tool.json of agent: a command as a tool, or a list of them',
        words: [TOOL_WORDS],
      })
    case 'config':
      return document(config, {
        $id: 'urn:agent-ask:config',
        title: 'The config file of agent',
        words: [CONFIG_WORDS],
      })
    default:
      return unreachable(name)
  }
}

type About = { $id: string; title: string; words: readonly Words[] }

function document(schema: z.ZodType, { words, ...about }: About): JsonSchema {
  const registry = z.registry<{ id?: string }>()
  for (const [name, defined] of [...DEFINED, ['manifest', manifest] as const]) registry.add(defined, { id: name })
  // What is written has no defaults, and what is read is described as it may be written.
  const made = z.toJSONSchema(schema, { io: 'input', metadata: registry, unrepresentable: 'any', override: ownForm })
  // As JSON: members that are undefined go.
  const { $schema = null, ...rest } = JSON.parse(JSON.stringify(made)) as JsonObject
  const whole = { $schema, ...about, ...rest }
  for (const [path, text] of Object.entries<string>(Object.assign({}, ...words))) describe(whole, path, text)
  return whole
}

type Overridden = { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }

/** Any JSON is any JSON, of a block only its type is known, and bounds that every whole number has say nothing. */
function ownForm({ zodSchema, jsonSchema }: Overridden): void {
  if (zodSchema._zod.def.type === 'lazy') for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
  if (Object.is(zodSchema, contentBlockSchema)) {
    const properties = { type: { type: 'string' } } as const
    Object.assign(jsonSchema, { type: 'object', properties, required: ['type'], additionalProperties: true })
  }
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames
}

/**
 * @param path  keys from the document down, or from a definition where it begins with `#`; `[]` is any item
 * @throws      TypeError where there is no such key
 */
function describe(whole: JsonObject, path: string, text: string): void {
  const [first = '', ...others] = path.replace(/^#/, '').split('.')
  const names = path.startsWith('#') ? ['$defs', first] : ['properties', first]
  const steps = [...names, ...others.flatMap((name) => ['properties', name])]
  let holder = whole
  let key = ''
  for (const step of steps.flatMap((name) => (name.endsWith('[]') ? [name.slice(0, -2), 'items'] : [name]))) {
    if (key !== '') holder = objectIn(holder, key)
    key = step
  }
  // In front, as it is read first.
  holder[key] = { description: text, ...objectIn(holder, key) }
}

function objectIn(holder: JsonObject, key: string): JsonObject {
  const found = holder[key]
  if (isJsonObject(found)) return found
  throw new TypeError(`a schema has no ${key}`)
}
