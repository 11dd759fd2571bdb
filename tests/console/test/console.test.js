// The console in a browser: each page, live updates, and what it must not do.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, beforeEach, test } from 'node:test'

import { CreateUserCommand, DescribeUserCommand, ListUsersCommand, ThrottlingException, UpdateUserCommand } from '@aws-sdk/client-identitystore'

import { ALICE, STORE, awsClient, control, launch, openConsole, start, stopAll } from './server.js'

const { url } = await start()
const browser = await launch()
const aws = awsClient(url)
after(stopAll)
beforeEach(() => control(url, 'POST', '/reset', {}))

/** A Python with boto3, which `make test-console` installs. */
const PYTHON = new URL('../../../.venv/new/bin/python', import.meta.url).pathname

const listUsers = () => aws.send(new ListUsersCommand({ IdentityStoreId: STORE }))
const describe = (UserId) => aws.send(new DescribeUserCommand({ IdentityStoreId: STORE, UserId }))
const setTitle = (title) => aws.send(new UpdateUserCommand({
  IdentityStoreId: STORE, UserId: ALICE, Operations: [{ AttributePath: 'title', AttributeValue: title }],
}))

/** Runs a test on a page, which must report no errors, or only those of rejected calls. */
function pageTest(name, hash, body, { rejects = false, ...options } = {}) {
  test(name, async () => {
    const { page, errors, close } = await openConsole(browser, url, hash, options)
    try {
      await body(page)
      assert.deepEqual(errors.filter((error) => !(rejects && /status of 4\d\d/.test(error))), [])
    } finally {
      await close()
    }
  })
}

const row = (page, name) => page.locator('[data-row]', { hasText: name })
const button = (page, name) => page.getByRole('button', { name, exact: true })

/** The hash of the page once it is this. */
const atHash = (page, hash) => page.waitForFunction((expected) => location.hash === expected, hash)

// --- what is served ----------------------------------------------------------------------------------------

test('a browser at / is redirected to the console', async () => {
  const response = await fetch(url, { headers: { accept: 'text/html' }, redirect: 'manual' })
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), '/_idouble/console/')
  const { page, close } = await openConsole(browser, url, '')
  await page.goto(url)
  assert.equal(new URL(page.url()).pathname, '/_idouble/console/')
  await close()
})

test('every file has the security headers', async () => {
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
  for (const file of ['', 'app.js', 'style.css', 'icon.svg', 'absent']) {
    const response = await fetch(`${url}/_idouble/console/${file}`)
    assert.equal(response.status, file === 'absent' ? 404 : 200)
    assert.equal(response.headers.get('content-security-policy'), policy)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  }
})

test('--no-console serves no pages', async () => {
  const { url: bare } = await start('--no-console')
  for (const path of ['/_idouble/console/', '/_idouble/console', '/_idouble/console/app.js']) {
    assert.equal((await fetch(bare + path)).status, 404, path)
  }
  assert.equal((await fetch(bare, { headers: { accept: 'text/html' }, redirect: 'manual' })).status, 403)
  assert.equal((await control(bare, 'GET', '/health')).status, 'ok')
})

// --- requests ----------------------------------------------------------------------------------------------

pageTest('requests appear as they are made', 'requests', async (page) => {
  await page.getByText('Waiting for requests').waitFor()
  await listUsers()
  await row(page, 'ListUsers').waitFor()
  await setTitle('Director')
  const cells = page.locator('tbody tr', { hasText: 'UpdateUser' }).locator('td')
  await cells.nth(3).getByText('alice').waitFor()
  assert.equal(await page.locator('tbody tr').first().locator('td').nth(2).innerText(), 'UpdateUser')
})

pageTest('the filter is in the address, and holds for new requests', 'requests?status=4xx', async (page) => {
  await listUsers()
  await describe('f384e872-8021-70c4-796b-a1180c590000').catch(() => {})
  await row(page, 'DescribeUser').waitFor()
  assert.equal(await page.locator('[data-row]').count(), 1)
  await page.getByRole('searchbox', { name: 'Filter' }).fill('operation=ListUsers')
  await atHash(page, '#requests?operation=ListUsers')
  await row(page, 'ListUsers').waitFor()
  await page.getByRole('combobox', { name: 'Status' }).selectOption('5xx')
  await page.getByText('No request matches the filter.').waitFor()
  await page.getByRole('link', { name: 'Show all' }).click()
  await row(page, 'DescribeUser').waitFor()
  assert.equal(await page.locator('[data-row]').count(), 2)
})

pageTest('an invalid filter is explained', 'requests', async (page) => {
  await page.getByRole('searchbox', { name: 'Filter' }).fill('status=sometimes')
  await page.getByText('invalid').waitFor()
  await page.getByRole('searchbox', { name: 'Filter' }).fill('')
  await page.getByText('Waiting for requests').waitFor()
}, { rejects: true })

pageTest('a request shows what it changed, and can be sent again', 'requests', async (page) => {
  await setTitle('Director')
  await row(page, 'UpdateUser').click()
  const detail = page.getByRole('complementary', { name: 'Request' })
  const change = detail.locator('tr', { hasText: 'title' })
  assert.equal(await change.locator('del').innerText(), 'Chief Technology Officer')
  assert.equal(await change.locator('ins').innerText(), 'Director')
  await detail.getByText('"AttributePath"', { exact: true }).waitFor()
  const command = await detail.locator('section', { hasText: 'As curl' }).locator('pre').innerText()
  execFileSync('sh', ['-c', `${command} -sf`])
  assert.equal((await control(url, 'GET', '/journal/count?operation=UpdateUser&status=200')).count, 2)
  await button(page, 'Send again').click()
  await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 3)
  const newest = await page.locator('tbody tr').first().getAttribute('data-key')
  await atHash(page, `#requests?sel=${newest}`)
})

pageTest('an unmet expectation shows the nearest request', 'requests', async (page) => {
  await setTitle('Director')
  await row(page, 'UpdateUser').click()
  await button(page, 'As expectation').click()
  const dialog = page.getByRole('dialog')
  await button(dialog, 'Check').click()
  await dialog.getByText('Met:').waitFor()
  await dialog.getByLabel('Requests with').fill('operation=UpdateUser status=400')
  await button(dialog, 'Check').click()
  await dialog.getByText('Not met:').waitFor()
  const difference = dialog.locator('tr', { hasText: 'status' })
  assert.deepEqual([await difference.locator('ins').innerText(), await difference.locator('del').innerText()], ['400', '200'])
}, { rejects: true })

pageTest('requests are paused, exported and cleared', 'requests', async (page) => {
  await listUsers()
  await row(page, 'ListUsers').waitFor()
  await button(page, 'Pause').click()
  await setTitle('Director')
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export' }).click()
  const saved = JSON.parse(await readFile(await (await saving).path(), 'utf8'))
  assert.deepEqual(saved.entries.map(({ operation }) => operation), ['UpdateUser', 'ListUsers'])
  assert.equal(await page.locator('[data-row]').count(), 1)
  await button(page, 'Resume').click()
  await row(page, 'UpdateUser').waitFor()
  await button(page, 'Clear').click()
  await button(page.getByRole('dialog'), 'Clear').click()
  await page.getByText('Waiting for requests').waitFor()
  assert.equal((await control(url, 'GET', '/journal/count')).count, 0)
})

pageTest('a page samples requests that come too fast', 'requests', async (page) => {
  const users = `${url}/v1/identity-stores/${STORE}/users`
  await Promise.all(Array.from({ length: 200 }, () => fetch(users).then((response) => response.text())))
  await page.getByText('Only a sample is shown').waitFor()
  assert.ok(await page.locator('[data-row]').count() < 200)
})

pageTest('rows are reached by keyboard', 'requests', async (page) => {
  await listUsers()
  await setTitle('Director')
  await row(page, 'UpdateUser').waitFor()
  const [second, first] = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.key))
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await atHash(page, `#requests?sel=${first}`)
  await page.keyboard.press('k')
  await atHash(page, `#requests?sel=${second}`)
  await page.keyboard.press('Escape')
  await atHash(page, '#requests')
  await page.keyboard.press('/')
  await page.keyboard.type('status=2xx')
  await atHash(page, '#requests?status=2xx')
})

test('a page connects again after the server has restarted', async () => {
  const first = await start()
  const { page, close } = await openConsole(browser, first.url, 'requests')
  await first.stop()
  await page.getByText('No connection').waitFor()
  const second = await start(`--port=${new URL(first.url).port}`)
  await page.locator('#connection.Live').waitFor()
  await awsClient(second.url).send(new ListUsersCommand({ IdentityStoreId: STORE }))
  await row(page, 'ListUsers').waitFor()
  await close()
})

// --- directory ---------------------------------------------------------------------------------------------

pageTest('a user is found and shown as each cloud shows it', 'directory', async (page) => {
  await page.getByRole('searchbox', { name: 'Search' }).fill('alice')
  await atHash(page, '#directory?q=alice')
  await row(page, 'Alice Martin').click()
  const details = page.getByRole('region', { name: 'Details' })
  await details.getByRole('heading', { name: 'Alice Martin' }).waitFor()
  for (const name of ['"UserName"', '"user_name"', '"userName"']) await details.getByText(name, { exact: true }).waitFor()
  await details.getByRole('link', { name: 'Engineering' }).click()
  await details.getByRole('heading', { name: 'Engineering' }).waitFor()
  await details.getByRole('link', { name: 'alice' }).click()
  await details.getByRole('heading', { name: 'Alice Martin' }).waitFor()
})

pageTest('a user is edited', `directory?sel=${ALICE}`, async (page) => {
  const dialog = page.getByRole('dialog')
  await button(page, 'Edit').click()
  await dialog.locator('[name=title]').fill('Pilot')
  await dialog.locator('[name="name.family_name"]').fill('Berg')
  await dialog.locator('[name="emails.0.value"]').fill('berg@example.com')
  await dialog.locator('[name=nickname]').fill('')
  await dialog.getByLabel('enabled').uncheck()
  await button(dialog, 'Save').click()
  await page.getByText('Pilot', { exact: true }).waitFor()
  await page.getByText('disabled', { exact: true }).waitFor()
  const user = await describe(ALICE)
  assert.deepEqual([user.Title, user.Name.FamilyName, user.Name.GivenName, user.Emails[0].Value, user.NickName, user.UserStatus],
    ['Pilot', 'Berg', 'Alice', 'berg@example.com', undefined, 'DISABLED'])
})

pageTest('an edit of what has changed meanwhile is rejected', `directory?sel=${ALICE}`, async (page) => {
  const dialog = page.getByRole('dialog')
  await button(page, 'Edit').click()
  await setTitle('Director')
  await dialog.locator('[name=title]').fill('Pilot')
  await button(dialog, 'Save').click()
  await dialog.getByRole('alert').getByText('revision').waitFor()
  assert.equal((await describe(ALICE)).Title, 'Director')
}, { rejects: true })

pageTest('users and groups are created, joined, parted and deleted', 'directory', async (page) => {
  const dialog = page.getByRole('dialog')
  const details = page.getByRole('region', { name: 'Details' })
  await button(page, 'New user').click()
  await dialog.locator('[name=user_name]').fill('dora')
  await dialog.locator('[name="emails.0.value"]').fill('dora@example.com')
  await button(dialog, 'Create').click()
  await details.getByRole('heading', { name: 'dora' }).waitFor()
  const id = await details.locator('header code').innerText()
  assert.deepEqual((await describe(id)).Emails, [{ Value: 'dora@example.com', Primary: true }])
  // Names are offered while the user types.
  await details.getByLabel('Name of a group').fill('engin')
  await details.locator('option[value=Engineering]').waitFor({ state: 'attached' })
  await details.getByLabel('Name of a group').fill('Engineering')
  await button(details, 'Add').click()
  await details.getByRole('link', { name: 'Engineering' }).waitFor()
  const groups = async () => (await control(url, 'GET', `/stores/${STORE}/users/${id}`)).memberships.map(({ group_name }) => group_name)
  assert.deepEqual(await groups(), ['Engineering'])
  await button(details, 'Remove Engineering').click()
  await details.getByRole('link', { name: 'Engineering' }).waitFor({ state: 'detached' })
  assert.deepEqual(await groups(), [])
  await page.getByRole('link', { name: /^Groups/ }).click()
  await button(page, 'New group').click()
  await dialog.locator('[name=display_name]').fill('Pilots')
  await button(dialog, 'Create').click()
  await details.getByRole('heading', { name: 'Pilots' }).waitFor()
  await details.getByLabel('Name of a user').fill('dora')
  await button(details, 'Add').click()
  await details.getByRole('link', { name: 'dora' }).waitFor()
  assert.deepEqual(await groups(), ['Pilots'])
  await button(details, 'Delete').click()
  await button(dialog, 'Delete').click()
  await row(page, 'Pilots').waitFor({ state: 'detached' })
  assert.deepEqual(await groups(), [])
  await page.goto(`${url}/_idouble/console/#directory?sel=${id}`)
  await button(details, 'Delete').click()
  await button(dialog, 'Delete').click()
  await row(page, 'dora').waitFor({ state: 'detached' })
  await assert.rejects(describe(id), { name: 'ResourceNotFoundException' })
  // The page may still load what is deleted.
}, { rejects: true })

pageTest('a change by an SDK shows at once', `directory?sel=${ALICE}`, async (page) => {
  await page.getByText('Chief Technology Officer', { exact: true }).waitFor()
  await setTitle('Director')
  await page.getByText('Director', { exact: true }).waitFor()
})

pageTest('lists have pages', 'directory', async (page) => {
  for (let number = 0; number < 60; number++) {
    await control(url, 'POST', `/stores/${STORE}/groups`, { attributes: { display_name: `Team ${number}` } })
  }
  await page.getByRole('link', { name: /^Groups/ }).click()
  await page.getByText('64 groups', { exact: true }).waitFor()
  assert.equal(await page.locator('[data-row]').count(), 50)
  await page.getByRole('link', { name: 'Next page' }).click()
  await row(page, 'Team 59').waitFor()
  assert.equal(await page.locator('[data-row]').count(), 14)
  await page.getByRole('link', { name: 'First page' }).click()
  await row(page, 'Engineering').waitFor()
})

pageTest('stores are created, copied, exported, imported and deleted', 'directory', async (page) => {
  const dialog = page.getByRole('dialog')
  await button(page, 'New store').click()
  await dialog.getByLabel('Id').fill('d-00000000aa')
  await button(dialog, 'Create').click()
  await atHash(page, '#directory?store=d-00000000aa')
  await page.getByRole('combobox', { name: 'Store' }).selectOption(STORE)
  await row(page, 'Alice Martin').waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export toml' }).click()
  const text = await readFile(await (await saving).path(), 'utf8')
  assert.match(text, /user_name = "alice"/)
  await button(page, 'Copy').click()
  await page.waitForFunction((store) => !location.hash.includes(store), STORE)
  await row(page, 'Alice Martin').waitFor()
  await button(page, 'Import').click()
  const fixture = '[[store]]\nid = "d-00000000bb"\n[[store.user]]\nuser_name = "imported"\n'
  await dialog.getByLabel('File').setInputFiles({ name: 'one.toml', mimeType: 'text/plain', buffer: Buffer.from(fixture) })
  await button(dialog, 'Import').click()
  await row(page, 'imported').waitFor()
  assert.equal((await control(url, 'GET', '/stores')).stores.length, 4)
  await page.locator('.toolbar').getByRole('button', { name: 'Delete' }).click()
  await button(dialog, 'Delete').click()
  await atHash(page, '#directory')
  assert.equal((await control(url, 'GET', '/stores')).stores.length, 3)
  // The page may still load what is deleted.
}, { rejects: true })

// --- faults ------------------------------------------------------------------------------------------------

/** Updates a title with boto3. Returns the error code, or nothing. */
const setTitleByBoto3 = (title) => execFileSync(PYTHON, ['-c', `
import sys, boto3, botocore
client = boto3.client("identitystore", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="idouble",
                      aws_secret_access_key="idouble", config=botocore.config.Config(retries={"total_max_attempts": 1}))
try:
    client.update_user(IdentityStoreId="${STORE}", UserId="${ALICE}",
                       Operations=[{"AttributePath": "title", "AttributeValue": sys.argv[2]}])
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"], end="")
`, url, title], { encoding: 'utf8' })

pageTest('a rule of the form is seen by boto3', 'faults', async (page) => {
  await page.getByRole('link', { name: 'New rule' }).first().click()
  await button(page.getByRole('region', { name: 'New rule' }), 'Add the rule').click()
  await page.locator('article.card').waitFor()
  assert.equal(setTitleByBoto3('Director'), 'ThrottlingException')
  await page.locator('article.card').getByRole('img', { name: 'Draws: x' }).waitFor()
  assert.equal(setTitleByBoto3('Director'), '')
  assert.equal((await describe(ALICE)).Title, 'Director')
})

pageTest('a rule of the form is seen by an SDK', 'faults', async (page) => {
  await page.getByRole('link', { name: 'New rule' }).first().click()
  const form = page.getByRole('region', { name: 'New rule' })
  await form.locator('[name="do.error"]').selectOption('throttle')
  await form.locator('[name="when.first"]').fill('2')
  await form.locator('[name=id]').fill('mine')
  await form.getByText('[[fault]]').waitFor()
  await form.getByRole('img', { name: 'Draws: xx..................' }).waitFor()
  await button(form, 'Add the rule').click()
  const card = page.locator('article', { hasText: 'mine' })
  await card.waitFor()
  await assert.rejects(setTitle('Director'), ThrottlingException)
  await card.getByRole('img', { name: 'Draws: x' }).waitFor()
  // Switched off, it keeps its counters.
  await card.getByRole('switch').click()
  await card.getByText('off', { exact: true }).waitFor()
  await setTitle('Director')
  await card.getByRole('switch').click()
  await card.getByText('off', { exact: true }).waitFor({ state: 'detached' })
  await assert.rejects(setTitle('Boss'), ThrottlingException)
  await setTitle('Boss')
  await card.getByRole('img', { name: 'Draws: xx.' }).waitFor()
  await button(card, 'Explain').click()
  await page.getByRole('dialog').getByText('It did not fire').waitFor()
  await button(page.getByRole('dialog'), 'Close').click()
  await button(page, 'Remove mine').click()
  await page.getByText('No fault rules').waitFor()
})

pageTest('an invalid rule is explained', 'faults?edit=new', async (page) => {
  const form = page.getByRole('region', { name: 'New rule' })
  await form.locator('[name="when.pattern"]').fill('abc')
  await form.getByRole('alert').getByText('abc').waitFor()
  await button(form, 'Add the rule').click()
  await page.getByText('No fault rules').waitFor()
}, { rejects: true })

pageTest('a preset is added with one click', 'faults', async (page) => {
  await button(page, 'Add third-try-works').click()
  await page.locator('article.card').first().waitFor()
  await assert.rejects(listUsers())
  await awsClient(url, { maxAttempts: 3 }).send(new ListUsersCommand({ IdentityStoreId: STORE }))
  await button(page, 'Remove all').click()
  await button(page.getByRole('dialog'), 'Remove').click()
  await page.getByText('No fault rules').waitFor()
})

// --- state and about ---------------------------------------------------------------------------------------

pageTest('the clock is frozen, advanced and set', 'state', async (page) => {
  await button(page, 'Freeze').click()
  await page.getByText('frozen', { exact: true }).waitFor()
  const { now } = await control(url, 'GET', '/clock')
  await button(page, '+1h').click()
  await page.getByText(new Date(Date.parse(now) + 3600e3).toISOString().slice(0, 19).replace('T', ' ')).waitFor()
  await page.getByLabel('Time in UTC').fill('2031-02-03T04:05:06')
  await button(page, 'Set (UTC)').click()
  await page.getByText('2031-02-03 04:05:06 UTC').waitFor()
  assert.deepEqual(await control(url, 'GET', '/clock'), { now: '2031-02-03T04:05:06Z', frozen: true })
})

pageTest('a snapshot is taken, restored and deleted', 'state', async (page) => {
  await page.getByLabel('Name of the snapshot').fill('before')
  await button(page, 'Take a snapshot').click()
  await button(page, 'Restore').waitFor()
  await setTitle('Director')
  await button(page, 'Restore').click()
  await page.getByText('Restored', { exact: true }).waitFor()
  assert.equal((await describe(ALICE)).Title, 'Chief Technology Officer')
  await button(page, 'Delete before').click()
  await button(page, 'Restore').waitFor({ state: 'detached' })
})

pageTest('one store is reset', 'state', async (page) => {
  await setTitle('Director')
  await button(page, 'Reset this store only').click()
  await button(page.getByRole('dialog'), 'Reset').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal((await describe(ALICE)).Title, 'Chief Technology Officer')
})

pageTest('settings name their source, and lines their server', 'about', async (page) => {
  const setting = (key) => page.locator('tr', { has: page.getByRole('rowheader', { name: key, exact: true }) })
  assert.match(await setting('log').innerText(), /off.*--log/s)
  assert.match(await setting('seed').innerText(), /7.*default/s)
  await page.getByText(`idouble env --port ${new URL(url).port}`).waitFor()
  await button(page, 'Copy').first().click()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /idouble env/)
})

// --- what it must not do -----------------------------------------------------------------------------------

const HOSTILE = '<img/src=x/onerror="document.title=1">'

pageTest('values are text', 'requests', async (page) => {
  const { UserId } = await aws.send(new CreateUserCommand({
    IdentityStoreId: STORE, UserName: HOSTILE, DisplayName: HOSTILE, Name: { GivenName: HOSTILE, FamilyName: '"><script>alert(1)</script>' },
  }))
  await describe(UserId)
  await row(page, 'DescribeUser').click()
  await page.getByRole('complementary').getByText(HOSTILE).first().waitFor()
  for (const hash of [`directory?sel=${UserId}`, 'directory?q=%3Cimg%20src=x%3E', 'faults', 'state', 'about', 'requests?user=%3Cscript%3E']) {
    await page.goto(`${url}/_idouble/console/#${hash}`)
    await page.locator('#connection.Live').waitFor()
  }
  await page.goto(`${url}/_idouble/console/#directory?sel=${UserId}`)
  await page.getByRole('heading', { name: HOSTILE }).waitFor()
  assert.equal(await page.locator('main img, main script').count(), 0)
  assert.equal(await page.title(), 'Directory – idouble')
})

test('a page of another origin gets nothing and creates nothing', async () => {
  const requests = []
  const foreign = createServer((request, response) => {
    requests.push(request.url)
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>foreign</title><iframe name=frame></iframe>')
  })
  await new Promise((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  const context = await browser.newContext()
  const page = await context.newPage()
  const responses = []
  context.on('response', (response) => response.url().startsWith(url) && responses.push([new URL(response.url()).pathname, response.status()]))
  await page.goto(`http://127.0.0.1:${foreign.address().port}/`)
  const users = `${url}/v1/identity-stores/${STORE}/users`
  const outcome = await page.evaluate(async ([url, users]) => {
    const body = JSON.stringify({ user_name: 'mallory', display_name: 'M', name: { given_name: 'M', family_name: 'M' } })
    const read = (promise) => promise.then((response) => response.type, () => 'failed')
    return {
      read: await read(fetch(`${url}/_idouble/journal`)),
      script: await import(`${url}/_idouble/console/app.js`).then(() => 'loaded', () => 'failed'),
      events: await new Promise((resolve) => {
        const source = new EventSource(`${url}/_idouble/events`)
        source.onopen = () => resolve('open')
        source.onerror = () => resolve('failed')
      }),
      write: await read(fetch(users, { method: 'POST', mode: 'no-cors', body })),
      control: await read(fetch(`${url}/_idouble/reset`, { method: 'POST', mode: 'no-cors', body: '{}' })),
    }
  }, [url, users])
  assert.deepEqual(outcome, { read: 'failed', script: 'failed', events: 'failed', write: 'opaque', control: 'opaque' })
  // A form that the page submits.
  const submitted = page.waitForResponse((response) => response.url() === users && response.request().isNavigationRequest())
  await page.evaluate((users) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'POST', action: users, enctype: 'text/plain', target: 'frame' })
    const input = document.createElement('input')
    Object.assign(input, { name: '{"user_name":"mallory","x":"', value: '"}' })
    form.append(input)
    document.body.append(form)
    form.submit()
  }, users)
  assert.equal((await submitted).status(), 403)
  // Of the others the browser reports no response: they failed.
  assert.ok(responses.length >= 3)
  assert.deepEqual(responses.filter(([, status]) => status !== 403), [])
  assert.equal((await control(url, 'GET', `/stores/${STORE}/users?q=mallory`)).total, 0)
  // The console is not shown in a frame.
  const framed = page.waitForEvent('requestfinished', (request) => request.url().includes('/_idouble/console/')).catch(() => null)
  await page.evaluate((url) => document.querySelector('iframe').setAttribute('src', `${url}/_idouble/console/`), url)
  await framed
  assert.equal(await page.frames()[1].locator('nav').count(), 0)
  await context.close()
  foreign.closeAllConnections()
  foreign.close()
})

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const violations = (page) => page.evaluate(async () => (await globalThis.axe.run()).violations
  .map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]))

for (const [name, options] of Object.entries({
  light: {}, dark: { colorScheme: 'dark' }, phone: { viewport: { width: 390, height: 800 } },
})) {
  pageTest(`no page or dialog violates accessibility rules, ${name}`, 'requests', async (page) => {
    await control(url, 'POST', '/faults', { id: 'mine', on: '*:UpdateUser', when: { first: 1 }, do: 'throttle', expect: 2 })
    await control(url, 'PUT', '/snapshots/before', {})
    await setTitle('Director').catch(() => {})
    await setTitle('Director')
    await page.evaluate(axe)
    const { entries } = await control(url, 'GET', '/journal?limit=1')
    const dialogs = {
      requests: ['Expect', 'Clear'],
      [`requests?sel=${entries[0].seq}`]: ['As expectation', 'Why did a rule not fire?'],
      directory: ['New user', 'New store', 'Import'],
      [`directory?sel=${ALICE}`]: ['Edit', 'Delete'],
      'directory?tab=groups': ['New group'],
      faults: ['Explain', 'Rules of aws-limits', 'Remove all'],
      'faults?edit=new': [],
      state: ['Reset everything'],
      about: [],
    }
    for (const [hash, labels] of Object.entries(dialogs)) {
      await page.evaluate((hash) => (location.hash = hash), hash)
      await page.locator('#connection.Live').waitFor()
      await page.locator('main :is(h2, [data-row]):visible').first().waitFor()
      assert.deepEqual(await violations(page), [], hash)
      for (const label of labels) {
        await button(page, label).last().click()
        const dialog = page.getByRole('dialog')
        await dialog.waitFor()
        if (label === 'As expectation') await button(dialog, 'Check').click()
        assert.deepEqual(await violations(page), [], `${hash}: ${label}`)
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'detached' })
      }
    }
    await control(url, 'DELETE', '/snapshots/before')
  }, options)
}

test('no page violates accessibility rules before its data has arrived', async () => {
  const { page, close } = await openConsole(browser, url, 'requests')
  await page.evaluate(axe)
  await page.route(/_idouble\/(?!console\/)/, () => {}) // No call gets a response.
  for (const hash of ['directory', 'directory?tab=groups', 'faults', 'state', 'about', 'requests']) {
    await page.evaluate((hash) => (location.hash = hash), hash)
    await page.locator(`${hash.split('?')[0]}-page`).waitFor({ state: 'attached' })
    assert.deepEqual(await violations(page), [], hash)
  }
  await close()
})

// --- live --------------------------------------------------------------------------------------------------

const rule = { id: 'late', on: 'aws:DescribeUser', do: 'throttle' }

/** What each page shows of a change. */
const CHANGES = [
  ['requests', () => listUsers(), (page) => row(page, 'ListUsers')],
  [`directory?sel=${ALICE}`, () => setTitle('Director'), (page) => page.getByText('Director', { exact: true })],
  ['faults', () => control(url, 'POST', '/faults', rule), (page) => page.locator('article.card', { hasText: 'late' })],
  ['state', () => control(url, 'PUT', '/clock', { freeze: true }), (page) => page.getByText('frozen')],
]

for (const [hash, change, shown] of CHANGES) {
  pageTest(`${hash}: a change while the page connects is shown`, 'about', async (page) => {
    await page.route(/_idouble\/events/, async (route) => {
      await change()
      await route.continue()
    }, { times: 1 })
    await page.evaluate((hash) => (location.hash = hash), hash)
    await shown(page).waitFor()
  })

  pageTest(`${hash}: a change while the page loads is shown`, 'about', async (page) => {
    let last
    await page.route(/_idouble\/(?!events|console)/, async (route) => {
      const response = await route.fetch()
      await (last ??= change())
      await route.fulfill({ response })
    })
    await page.evaluate((hash) => (location.hash = hash), hash)
    await shown(page).waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })
}

// --- token -------------------------------------------------------------------------------------------------

test('a server with a control token: the console asks for it once and says that a wrong one is wrong', async () => {
  const { url } = await start('--control-token=a;token%')
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/_idouble/console/#directory`)
  for (const token of ['wrong', 'a;token%']) {
    await page.getByRole('dialog', { name: 'Control token' }).getByLabel('The value of --control-token').fill(token)
    await button(page, 'Open').click()
  }
  await page.locator('#connection.Live').waitFor()
  await row(page, 'Bob Okafor').waitFor()
  assert.equal(await page.getByRole('dialog').count(), 0)
  await page.reload()
  await row(page, 'Bob Okafor').waitFor()
  await context.close()
})

// --- the whole way -----------------------------------------------------------------------------------------

test('find a user, watch a call change it, make the next call fail, undo everything', async () => {
  const { page, errors, close } = await openConsole(browser, url, '')
  // From the address that the server prints, following what the pages offer.
  await page.goto(url)
  const navigation = page.getByRole('navigation', { name: 'Pages' })
  await navigation.getByRole('link', { name: 'Directory' }).click()
  await page.getByRole('searchbox').fill('okafor')
  await row(page, 'Bob Okafor').click()
  await page.getByText('Site Reliability Engineer', { exact: true }).waitFor()
  const bob = await page.getByRole('region', { name: 'Details' }).locator('header code').innerText()
  const promote = (title) => aws.send(new UpdateUserCommand({
    IdentityStoreId: STORE, UserId: bob, Operations: [{ AttributePath: 'title', AttributeValue: title }],
  }))
  await promote('Team Lead')
  await page.getByText('Team Lead', { exact: true }).waitFor()
  await page.getByRole('region', { name: 'Details' }).getByRole('link', { name: 'Requests' }).click()
  await row(page, 'UpdateUser').click()
  await page.locator('tr', { hasText: 'title' }).locator('ins', { hasText: 'Team Lead' }).waitFor()
  await navigation.getByRole('link', { name: 'Faults' }).click()
  await page.getByRole('link', { name: 'New rule' }).first().click()
  await button(page, 'Add the rule').click()
  await page.locator('article.card').waitFor()
  await assert.rejects(promote('Director'), ThrottlingException)
  await page.locator('article.card').getByRole('link', { name: 'Requests' }).click()
  await page.getByText('ThrottlingException').first().waitFor()
  await navigation.getByRole('link', { name: 'State' }).click()
  await button(page, 'Reset everything').click()
  await button(page.getByRole('dialog'), 'Reset').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await navigation.getByRole('link', { name: 'Directory' }).click()
  await row(page, 'Bob Okafor').click()
  await page.getByText('Site Reliability Engineer', { exact: true }).waitFor()
  assert.equal((await describe(bob)).Title, 'Site Reliability Engineer')
  assert.deepEqual(await control(url, 'GET', '/faults'), { faults: [] })
  assert.deepEqual(errors, [])
  await close()
})
