/** What `agent schema` can be asked for; apart from the schemas, which load zod. */
export const SCHEMA_NAMES = ['transcript', 'event', 'tool', 'config'] as const
export type SchemaName = (typeof SCHEMA_NAMES)[number]
