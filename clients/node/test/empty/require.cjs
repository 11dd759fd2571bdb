const { Server } = require('idouble')

Server.start({ log: 'off' })
  .then((server) => server.store())
  .then((store) => console.log(/^d-[0-9a-f]{10}$/.test(store.id) ? 'a store' : store.id))
