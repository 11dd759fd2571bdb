// What the tests share: a server, a browser whose pages report errors, and an SDK.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { IdentitystoreClient } from '@aws-sdk/client-identitystore'
import { chromium } from 'playwright-core'

export const STORE = 'd-1234567890'
export const ALICE = 'f384e872-8021-70c4-796b-a1180c595771'

const running = new Set()
const launched = new Set()

/** Ends all servers and browsers. */
export async function stopAll() {
  for (const browser of launched) await browser.close()
  for (const stop of running) await stop()
}

/** Starts a server. */
export async function start(...more) {
  const binary = process.env.IDOUBLE_BIN ?? new URL('../../../target/debug/idouble', import.meta.url).pathname
  const port = more.some((arg) => arg.startsWith('--port=')) ? [] : ['--port=0']
  const args = ['serve', '--ready-json', '--exit-with-stdin', '--log=off', ...port, ...more]
  const server = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => server.on('exit', resolve))
  const stop = () => {
    server.kill()
    return ended
  }
  running.add(stop)
  const { value: line } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()
  assert.ok(line, 'idouble ended before it was ready')
  return { url: JSON.parse(line).url, stop }
}

export async function launch() {
  const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  const executablePath = process.env.CHROMIUM ?? found
  assert.ok(executablePath, 'no chromium; set CHROMIUM to its path')
  // The system's user may be root, as which chromium has no sandbox. It opens this server only.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  launched.add(browser)
  return browser
}

export const awsClient = (endpoint, more = {}) => new IdentitystoreClient({
  endpoint, region: 'us-east-1', credentials: { accessKeyId: 'idouble', secretAccessKey: 'idouble' }, maxAttempts: 1, ...more,
})

/** A call of the control API. */
export async function control(url, method, path, body) {
  const response = await fetch(`${url}/_idouble${path}`, {
    method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** Opens the console in a browser context of its own. `errors` collects what the page reports. */
export async function openConsole(browser, url, hash, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'], ...options })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const errors = []
  page.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} ${message.location().url}`))
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(`${url}/_idouble/console/#${hash}`)
  await page.locator('#connection.Live').waitFor()
  return { page, errors, close: () => context.close() }
}
