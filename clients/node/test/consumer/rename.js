// The code under test: sets the title of the first user of a store.
const { Identitystore } = require('@aws-sdk/client-identitystore')

exports.rename = async (store, Title) => {
  const aws = new Identitystore(store.aws)
  const { Users } = await aws.listUsers({ IdentityStoreId: store.id })
  const user = { IdentityStoreId: store.id, UserId: Users[0].UserId }
  await aws.updateUser({ ...user, Operations: [{ AttributePath: 'title', AttributeValue: Title }] })
  const renamed = await aws.describeUser(user)
  return renamed.Title
}
