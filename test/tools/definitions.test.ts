import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtinDefinitions } from '../../src/sources/builtin-definitions.ts'
import calculate from '../../tools/calculate.ts'
import diskUsage from '../../tools/disk-usage.tool.json' with { type: 'json' }
import fetchUrl from '../../tools/fetch-url.ts'
import getTime from '../../tools/get-time.ts'
import getWeather from '../../tools/get-weather.ts'
import readFile from '../../tools/read-file.ts'
import runCommand from '../../tools/run-command.ts'

const alwaysOn = [getWeather, getTime, calculate, fetchUrl]
const all = [...alwaysOn, readFile, runCommand]

type Shipped = (typeof all)[number]

const schemaOf = ({ input }: Shipped) => input['~standard'].jsonSchema?.input({ target: 'draft-2020-12' })
const definitionOf = (tool: Shipped) => ({
  name: tool.name,
  description: tool.description,
  input_schema: schemaOf(tool),
})

describe('the shipped tools', () => {
  it('have the names, effects and parameters that are documented', () => {
    const shapes = all.map((tool) => {
      const { properties, required } = schemaOf(tool) ?? {}
      return [tool.name, tool.effect, Object.keys(Object(properties)), required]
    })
    expect(shapes).toEqual([
      ['get_weather', 'read', ['location', 'unit'], ['location']],
      ['get_time', 'read', ['place'], ['place']],
      ['calculate', 'read', ['expression'], ['expression']],
      ['fetch_url', 'read', ['url'], ['url']],
      ['read_file', 'read', ['path'], ['path']],
      ['run_command', 'write', ['command'], ['command']],
    ])
  })

  it('leave most of the first request to the user: 2,500 bytes for those that are always on', () => {
    const { name, description, input_schema } = diskUsage
    const definitions = [...alwaysOn.map(definitionOf), { name, description, input_schema }]
    expect(Buffer.byteLength(JSON.stringify(definitions))).toBeLessThanOrEqual(2500)
  })

  it('are named to a run as the build wrote them down, commands among them', () => {
    const written = builtinDefinitions().map(({ name, effect, thread, file }) => [name, effect, thread, basename(file)])
    expect(written).toContainEqual(['calculate', 'read', true, 'calculate.js'])
    expect(written).toContainEqual(['disk_usage', 'read', false, 'disk-usage.tool.json'])
    expect(written).toHaveLength(all.length + 1)
  })

  it('only calculate is a plain function', () => {
    const plain = all.filter(({ execute }) => execute.constructor.name === 'Function')
    expect(plain.map(({ name }) => name)).toEqual(['calculate'])
  })
})
