// Writes src/api.ts, the types of the control API, from the OpenAPI document of the server.
// `--check` fails if the file is not what it would write.
//
// Usage: IDOUBLE_BIN=path/of/idouble node scripts/api.mjs [--check]

import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import openapiTS, { astToString } from 'openapi-typescript'

const FILE = new URL('../src/api.ts', import.meta.url)
const HEAD = '// The types of the control API. scripts/api.mjs writes this file; do not edit it.\n\n'

const generated = HEAD + astToString(await openapiTS(controlApi(await openApi())))
if (process.argv.includes('--check')) {
  if ((await readFile(FILE, 'utf8')) !== generated) {
    console.error('clients/node/src/api.ts is not up to date; run `npm run api` in clients/node')
    process.exitCode = 1
  }
} else {
  await writeFile(FILE, generated)
}

/** The OpenAPI document of the server. */
async function openApi() {
  const args = ['serve', '--port=0', '--ready-json', '--exit-with-stdin', '--log=off']
  const server = spawn(process.env.IDOUBLE_BIN ?? 'idouble', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const response = await fetch(`${JSON.parse(line).url}/_idouble/openapi.json`)
      return await response.json()
    }
    throw new Error('idouble ended before it was ready')
  } finally {
    server.stdin.end()
  }
}

/** The part of the document that is about the control API, without the operations of Huawei Cloud. */
function controlApi({ components, paths, ...document }) {
  const isControl = ([path]) => path.startsWith('/_idouble/')
  const controlPaths = Object.fromEntries(Object.entries(paths).filter(isControl))
  const schemas = {}
  const addSchemas = (value) => {
    if (typeof value !== 'object' || value === null) return
    const name = value.$ref?.replace('#/components/schemas/', '')
    if (name && !(name in schemas)) {
      schemas[name] = components.schemas[name]
      addSchemas(schemas[name])
    }
    for (const member of Object.values(value)) addSchemas(member)
  }
  addSchemas(controlPaths)
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...document, paths: controlPaths, components: { schemas: sorted } }
}
