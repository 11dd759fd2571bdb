import { Server } from 'idouble'

const server = await Server.start({ log: 'off' })
const store = await server.store()
console.log(/^d-[0-9a-f]{10}$/.test(store.id) ? 'a store' : store.id)
