import { Server } from 'idouble'

const { url } = await Server.start()
console.log(JSON.stringify({ url }))
setInterval(() => {}, 60_000)
