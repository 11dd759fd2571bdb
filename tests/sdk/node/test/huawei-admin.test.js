// Huawei Cloud's Node SDK as a client of admin resources: MFA devices, sessions, the
// password policy, external identity providers, the service provider, provisioning tenants. Each
// operation once successful and once rejected.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MISSING, STORE, done, huaweiClient, personOfHuawei, expectError, start } from './server.js'

const NOWHERE = 'd-ffffffffff'
// ECDSA, with a serial number that no integer type holds.
const PEM = `-----BEGIN CERTIFICATE-----
MIIBiTCCATGgAwIBAgIUJa0ZVv0pwJVxIJx92MAwaz5DP5UwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29tMCAXDTI2MTEyMzA3MDQzNloYDzIx
MjYxMDMwMDcwNDM2WjAaMRgwFgYDVQQDDA9pZHAuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAS0XgQ0pDxa4qR5GIeNDMcpfepFjzYI507PvuuG
nIrAcHpnA9rE9TwITL5AUYvMAmlOtHcRuJ6NucxVJb9zaJvzo1MwUTAdBgNVHQ4E
FgQUVjbx+sLCqQhSRe24GttQVMgyXbgwHwYDVR0jBBgwFoAUVjbx+sLCqQhSRe24
GttQVMgyXbgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNGADBDAh9DDUnR
tQMnxR5qZyjtmHbkq5d/ZczIzbkNwfX20GPcAiBe2k/Z22uUPyEmI0eLQJMZirjp
ByBgl0XV0zPtucJYKQ==
-----END CERTIFICATE-----
`
const CONFIG = { entity_id: 'https://idp.example.com', login_url: 'https://idp.example.com/login' }
const huawei = huaweiClient(await start())

const within = (more) => ({ identity_store_id: STORE, ...more })
const elsewhere = (more) => ({ identity_store_id: NOWHERE, ...more })

async function createUser() {
  return (await done(huawei.createUser(within({ body: personOfHuawei() })), 201)).user_id
}

test('MFA devices', async () => {
  const user_id = await createUser()
  const made = await done(huawei.registerMfaDeviceForUser(within({ user_id })))
  assert.ok(made.work_flow && made.redirect_url)
  const listing = (user) => {
    const body = { user_list: [{ identity_store_id: STORE, user_id: user }] }
    return huawei.batchListMfaDevicesForUser(within({ body }))
  }
  const devices = async () => (await done(listing(user_id))).user_mfa_devices_entry_list[0].mfa_devices
  const [{ device_id }] = await devices()
  const one = { user_id, device_id }
  await done(huawei.updateMfaDeviceForUser(within({ ...one, body: { display_name: 'my phone' } })))
  assert.equal((await devices())[0].display_name, 'my phone')
  await done(huawei.deleteMfaDeviceForUser(within(one)))
  assert.deepEqual(await devices(), [])

  await expectError(huawei.registerMfaDeviceForUser(within({ user_id: MISSING })), 404, 'IIC.404')
  await expectError(huawei.updateMfaDeviceForUser(within({ ...one, body: { display_name: 'x' } })), 404)
  await expectError(huawei.deleteMfaDeviceForUser(within(one)), 404, 'IIC.404')
  await expectError(huawei.batchListMfaDevicesForUser(within({ body: {} })), 400, 'IIC.400')
})

test('sessions', async () => {
  const user_id = await createUser()
  assert.deepEqual(await done(huawei.listSessions(within({ user_id }))), { session_list: [] })
  await done(huawei.batchDeleteSessions(within({ user_id, body: { session_ids: [MISSING] } })))
  await expectError(huawei.listSessions(within({ user_id: MISSING })), 404, 'IIC.404')
  await expectError(huawei.batchDeleteSessions(within({ user_id, body: {} })), 400, 'IIC.400')
})

test('the password policy', async () => {
  const password_policy = {
    minimum_password_length: 12,
    require_lowercase_characters: true,
    require_numbers: false,
    require_symbols: false,
    require_uppercase_characters: true,
    max_password_age: 90,
    password_reuse_prevention: 1,
  }
  await done(huawei.updatePasswordPolicy(within({ body: { password_policy } })))
  assert.deepEqual(await done(huawei.describePasswordPolicy(within({}))), { password_policy })
  const body = { password_policy: { ...password_policy, minimum_password_length: 7 } }
  const error = await expectError(huawei.updatePasswordPolicy(within({ body })), 400, 'IIC.400')
  assert.match(error.errorMsg, /minimum_password_length/)
  await expectError(huawei.describePasswordPolicy(elsewhere({})), 404, 'IIC.1308')
})

test('an external identity provider, and its certificates', async () => {
  const body = { idp_saml_config: CONFIG, idp_certificate: PEM }
  const made = await done(huawei.createExternalIdPConfigurationForDirectory(within({ body })), 201)
  const one = { idp_id: made.idp_id }
  const none = { idp_id: MISSING }
  await expectError(huawei.createExternalIdPConfigurationForDirectory(within({ body })), 400, 'IIC.1328')
  await done(huawei.enableExternalIdPConfigurationForDirectory(within(one)))
  await expectError(huawei.enableExternalIdPConfigurationForDirectory(within(one)), 400, 'IIC.1329')
  const changed = { entity_id: 'urn:acme', login_url: 'https://login.example.com' }
  await done(huawei.updateExternalIdPConfigurationForDirectory(within({ ...one, body: changed })))
  await expectError(huawei.updateExternalIdPConfigurationForDirectory(within({ ...none, body: changed })), 404, 'IIC.1330')
  const { associations } = await done(huawei.listExternalIdPConfigurationsForDirectory(within({})))
  assert.equal(associations.length, 1)
  assert.equal(associations[0].is_enabled, true)
  assert.equal(associations[0].idp_saml_config.entity_id, 'urn:acme')
  await expectError(huawei.listExternalIdPConfigurationsForDirectory(elsewhere({})), 404, 'IIC.1308')

  const other = (await done(huawei.createSpCertificate(within({})), 201)).x509certificate
  const importing = (text) => {
    const body = { x509_certificate_in_pem: text, certificate_use: 'SIGNING' }
    return huawei.importExternalIdPCertificate(within({ ...one, body }))
  }
  const { certificate_id } = await done(importing(other))
  await expectError(importing('no certificate'), 400, 'IIC.400')
  const listed = await done(huawei.listExternalIdPCertificates(within(one)))
  assert.deepEqual(listed.idp_certificates.map((one) => one.certificate_id), [made.idp_certificate_id, certificate_id])
  assert.equal(listed.idp_certificates[0].signature_algorithm_name, 'SHA256withECDSA')
  await expectError(huawei.listExternalIdPCertificates(within(none)), 404, 'IIC.1330')
  await done(huawei.deleteExternalIdPCertificate(within({ ...one, certificate_id })))
  await expectError(huawei.deleteExternalIdPCertificate(within({ ...one, certificate_id })), 404, 'IIC.404')

  await expectError(huawei.deleteExternalIdPConfigurationForDirectory(within(one)), 400, 'IIC.1329')
  await done(huawei.disableExternalIdPConfigurationForDirectory(within(one)))
  await expectError(huawei.disableExternalIdPConfigurationForDirectory(within(one)), 400, 'IIC.1329')
  await done(huawei.deleteExternalIdPConfigurationForDirectory(within(one)))
  assert.deepEqual(await done(huawei.listExternalIdPConfigurationsForDirectory(within({}))), { associations: [] })
})

test('certificates of the service provider', async () => {
  const { certificate_id, state } = await done(huawei.createSpCertificate(within({})), 201)
  assert.equal(state, 'INACTIVE')
  await done(huawei.updateSpActiveCertificate(within({ certificate_id })))
  // The answer is a list; the SDK hangs the status on it.
  const listed = await huawei.listSpCertificates(within({}))
  assert.equal(listed.httpStatusCode, 200)
  assert.equal(listed.find((one) => one.certificate_id === certificate_id).state, 'ACTIVE')
  const { sp_saml_config } = await done(huawei.getSpConfigurationForDirectory(within({})))
  assert.ok(sp_saml_config.metadata)
  await done(huawei.deleteSpCertificate(within({ certificate_id })))
  await expectError(huawei.deleteSpCertificate(within({ certificate_id })), 404, 'IIC.404')
  await expectError(huawei.updateSpActiveCertificate(within({ certificate_id })), 404, 'IIC.404')
  await expectError(huawei.createSpCertificate(elsewhere({})), 404, 'IIC.1308')
  await expectError(huawei.listSpCertificates(elsewhere({})), 404, 'IIC.1308')
  await expectError(huawei.getSpConfigurationForDirectory(elsewhere({})), 404, 'IIC.1308')
})

test('provisioning tenants and their tokens', async () => {
  await expectError(huawei.createProvisioningTenant(within({})), 400, 'IIC.400')
  const body = { idp_saml_config: CONFIG, idp_certificate: PEM }
  const { idp_id } = await done(huawei.createExternalIdPConfigurationForDirectory(within({ body })), 201)
  const { tenant_id } = await done(huawei.createProvisioningTenant(within({})), 201)
  const { provisioning_tenants } = await done(huawei.listProvisioningTenants(within({})))
  assert.deepEqual(provisioning_tenants.map((one) => one.tenant_id), [tenant_id])
  const { token, ...made } = await done(huawei.createBearerToken(within({ tenant_id })), 201)
  assert.ok(token)
  const listed = await done(huawei.listBearerTokens(within({ tenant_id })))
  assert.deepEqual(listed, { bearer_tokens: [made] })
  const one = { tenant_id, token_id: made.token_id }
  await done(huawei.deleteBearerToken(within(one)))
  await expectError(huawei.deleteBearerToken(within(one)), 404, 'IIC.404')
  await expectError(huawei.createProvisioningTenant(within({})), 409, 'IIC.1007')
  await done(huawei.deleteProvisioningTenant(within({ tenant_id })))
  await done(huawei.deleteExternalIdPConfigurationForDirectory(within({ idp_id })))
  for (const operation of ['deleteProvisioningTenant', 'createBearerToken', 'listBearerTokens']) {
    await expectError(huawei[operation](within({ tenant_id })), 404, 'IIC.404')
  }
  await expectError(huawei.createProvisioningTenant(elsewhere({})), 404, 'IIC.1308')
  await expectError(huawei.listProvisioningTenants(elsewhere({})), 404, 'IIC.1308')
})
