// Packs `idouble` and packages of executables, such as `@idouble/linux-x64`, into a folder.
//
// Usage: node scripts/pack.mjs FOLDER PLATFORM=EXECUTABLE...
// The platforms are those of platforms.json. Run `npm run build` before.

import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LICENSE = join(ROOT, '../../LICENSE')

const readJson = async (file) => JSON.parse(await readFile(join(ROOT, file), 'utf8'))
const platforms = await readJson('platforms.json')
const manifest = await readJson('package.json')
const [folder, ...executables] = process.argv.slice(2)
if (!folder) throw new Error('usage: node scripts/pack.mjs FOLDER PLATFORM=EXECUTABLE...')
await mkdir(folder, { recursive: true })

await pack(await mainManifest(), async (stage) => {
  for (const name of ['bin', 'dist', 'README.md']) {
    await cp(join(ROOT, name), join(stage, name), { recursive: true })
  }
})
for (const argument of executables) {
  const [platform, executable] = argument.split('=')
  if (!(platform in platforms) || !executable) throw new Error(`invalid ${argument}; see platforms.json`)
  await pack(platformManifest(platform), async (stage) => {
    const file = join(stage, 'bin', platform.startsWith('win32') ? 'idouble.exe' : 'idouble')
    await cp(executable, file)
    await chmod(file, 0o755)
  })
}

/** The manifest of `idouble` as it is published: it depends on the package of the platform. */
async function mainManifest() {
  const { scripts, devDependencies, ...published } = manifest
  const names = Object.keys(platforms).map((platform) => [`@idouble/${platform}`, manifest.version])
  return { ...published, optionalDependencies: Object.fromEntries(names) }
}

function platformManifest(platform) {
  const { os, cpu, libc } = platforms[platform]
  return {
    name: `@idouble/${platform}`,
    version: manifest.version,
    description: `The executable of idouble for ${platform}`,
    license: manifest.license,
    preferUnplugged: true,
    files: ['bin'],
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
  }
}

/** Packs a manifest and the files that `fill` adds to it. */
async function pack(manifest, fill) {
  const stage = await mkdtemp(join(tmpdir(), 'idouble-pack-'))
  try {
    await fill(stage)
    await cp(LICENSE, join(stage, 'LICENSE'))
    await writeFile(join(stage, 'package.json'), JSON.stringify(manifest, null, 2))
    const args = ['pack', '--silent', '--pack-destination', resolve(folder)]
    execFileSync('npm', args, { cwd: stage, stdio: 'inherit', shell: process.platform === 'win32' })
  } finally {
    await rm(stage, { recursive: true })
  }
}
