// Makes a screenshot of each page, light and dark, in shots/. The two of the README are written to docs/images.

import { mkdir } from 'node:fs/promises'

import { DescribeUserCommand, ListGroupsCommand, ListUsersCommand, UpdateUserCommand } from '@aws-sdk/client-identitystore'

import { ALICE, STORE, awsClient, control, launch, openConsole, start, stopAll } from './test/server.js'

const { url } = await start('--clock=2030-01-01T09:00:00Z')
const browser = await launch()
const aws = awsClient(url)
const send = (command) => aws.send(command).catch(() => {})

await control(url, 'POST', '/faults', [
  { id: 'throttled-third', on: '*:UpdateUser', when: { p: 0.33 }, do: 'throttle', expect: '>=1' },
  { id: 'slow-reads', on: 'read', when: { every: 3 }, do: { delay: '30ms' } },
])
await control(url, 'PUT', '/snapshots/before-the-demo', {})
await send(new ListUsersCommand({ IdentityStoreId: STORE }))
await send(new ListGroupsCommand({ IdentityStoreId: STORE }))
for (const title of ['Director', 'Engineer', 'Team Lead', 'Architect', 'Principal Engineer', 'Head of Platform']) {
  const Operations = [{ AttributePath: 'title', AttributeValue: title }]
  await control(url, 'PUT', '/clock', { advance: '2s' })
  await send(new UpdateUserCommand({ IdentityStoreId: STORE, UserId: ALICE, Operations }))
  await send(new DescribeUserCommand({ IdentityStoreId: STORE, UserId: ALICE }))
  await fetch(`${url}/v1/identity-stores/${STORE}/users/${ALICE}`)
}
const { entries } = await control(url, 'GET', '/journal?operation=UpdateUser&status=200&limit=1')

const pages = {
  requests: 'requests',
  request: `requests?sel=${entries[0].seq}`,
  directory: `directory?sel=${ALICE}`,
  faults: 'faults',
  rule: 'faults?edit=new',
  state: 'state',
  about: 'about',
}
await mkdir('shots', { recursive: true })
for (const [scheme, width] of [['light', 1280], ['dark', 1280], ['light', 390]]) {
  for (const [name, hash] of Object.entries(pages)) {
    const { page, close } = await openConsole(browser, url, hash, { colorScheme: scheme, viewport: { width, height: 800 } })
    await page.locator('main :is(h2, [data-row]):visible').first().waitFor()
    if (name === 'rule') await page.getByText('[[fault]]').waitFor()
    await page.evaluate(() => document.fonts.ready)
    await page.screenshot({ path: `shots/${name}-${scheme}-${width}.png`, animations: 'disabled' })
    if (width === 1280 && ['request-light', 'faults-dark'].includes(`${name}-${scheme}`)) {
      await page.setViewportSize({ width: 1000, height: 560 })
      await page.screenshot({ path: `../../docs/images/console-${name}.png`, animations: 'disabled' })
    }
    await close()
  }
}
await stopAll()
