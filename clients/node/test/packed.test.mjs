// Packs the packages, installs them without a network into empty folders, and uses them there.
//
// IDOUBLE_BIN is the executable to pack. Run `npm run build` before.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PLATFORM = `${process.platform}-${process.arch}`
const INSTALL = ['install', '--offline', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']

// The packages find the executable by themselves, and no runner reads settings of an outer one.
const env = { ...process.env }
for (const name of Object.keys(env)) {
  if (/^(IDOUBLE_|AWS_|NODE_TEST|NODE_OPTIONS|VITEST|JEST|npm_)/.test(name)) delete env[name]
}
env.AWS_EC2_METADATA_DISABLED = 'true'

let folder
let packages
let empty
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idouble-npm-'))
  const packed = join(folder, 'packages')
  await run(process.execPath, ['scripts/pack.mjs', packed, `${PLATFORM}=${process.env.IDOUBLE_BIN}`], ROOT)
  packages = (await readdir(packed)).map((name) => join(packed, name))
  empty = join(folder, 'empty')
  await cp(join(ROOT, 'test/empty'), empty, { recursive: true, verbatimSymlinks: true })
  await run('npm', [...INSTALL, ...packages], empty)
})
after(() => rm(folder, { recursive: true, force: true }))

/** Standard output of a command, which must succeed. */
async function run(command, args, cwd) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env })
    return stdout + stderr
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`)
  }
}

/** The suite for Node in docs/testing.md. */
async function documentedSuite() {
  const page = await readFile(join(ROOT, '../../docs/testing.md'), 'utf8')
  return /<!-- file: idouble\.test\.mjs -->\n```js\n(.*?)^```$/ms.exec(page)[1]
}

test('an empty folder has the package and the executable of its platform alone', async () => {
  assert.deepEqual((await readdir(join(empty, 'node_modules'))).filter((name) => name[0] !== '.').sort(), [
    '@idouble',
    'idouble',
  ])
  assert.deepEqual(await readdir(join(empty, 'node_modules/@idouble')), [PLATFORM])
})

test('the launcher passes arguments, output and exit code', async () => {
  const launcher = join(empty, 'node_modules/.bin/idouble')
  assert.match(await run(launcher, ['--version'], empty), /^idouble \d/)
  const child = spawn(launcher, ['check', '--fixture', 'missing.toml'], { cwd: empty, env, stdio: 'ignore' })
  assert.deepEqual(await once(child, 'exit'), [3, null])
})

for (const file of ['import.mjs', 'require.cjs']) {
  test(`${file} starts a server and ends without stopping it`, async () => {
    assert.equal(await run(process.execPath, [file], empty), 'a store\n')
  })
}

test('a killed process leaves no server', async () => {
  const child = spawn(process.execPath, ['hang.mjs'], {
    cwd: empty,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url } = JSON.parse(line)
  const events = await fetch(`${url}/_idouble/events`)
  assert.equal(events.status, 200)
  child.kill('SIGKILL')
  // The stream of events ends when the server does.
  await assert.rejects(async () => {
    for await (const _ of events.body);
    await fetch(`${url}/_idouble/health`)
  })
  await assert.rejects(fetch(`${url}/_idouble/health`), { message: 'fetch failed' })
})

test('suites of node:test, Vitest and Jest pass against a throttled UpdateUser', async () => {
  const consumer = join(folder, 'consumer')
  await cp(join(ROOT, 'test/consumer'), consumer, { recursive: true, verbatimSymlinks: true })
  await run('npm', [...INSTALL, ...packages], consumer)
  await writeFile(join(consumer, 'idouble.test.mjs'), await documentedSuite())
  const bin = (name) => join(consumer, 'node_modules/.bin', name)
  assert.match(await run(process.execPath, ['--test', 'node.test.mjs'], consumer), /^# pass 4$/m)
  assert.match(await run(process.execPath, ['--test', 'idouble.test.mjs'], consumer), /^# pass 1$/m)
  const vitest = await run(bin('vitest'), ['run', 'vitest.test.ts', '--no-color'], consumer)
  assert.match(vitest, /Tests +3 passed \| 1 expected fail/)
  const failing = run(bin('vitest'), ['run', 'failing.test.ts', '--no-color'], consumer)
  await assert.rejects(
    failing,
    /idouble journal of "a failed test.*\n.*aws:ListUsers 200\n.*aws:UpdateUser 400 Throttl/,
  )
  assert.match(await run(bin('jest'), ['--testMatch', '**/jest.test.cjs'], consumer), /1 passed, 1 total/)
})
