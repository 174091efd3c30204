// Calls the gRPC service as a client in JavaScript does, and prints what it found as one JSON object.
//
// usage: node client.js ADDRESS PROTO_FOLDER, with NODE_PATH naming where @grpc/grpc-js and @grpc/proto-loader are.
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const [address, folder] = process.argv.slice(2)
const files = ['fleet/ray_executor/v1/ray_executor.proto', 'grpc/health/v1/health.proto']
const packages = grpc.loadPackageDefinition(loader.loadSync(files, { includeDirs: [folder], keepCase: true, longs: Number, enums: String }))
const name = 'fleet.ray_executor.v1.RayExecutorService'
const service = new packages.fleet.ray_executor.v1.RayExecutorService(address, grpc.credentials.createInsecure())
const health = new packages.grpc.health.v1.Health(address, grpc.credentials.createInsecure())

const call = (client, method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, { deadline: Date.now() + 20_000 }, (error, answer) => (error ? reject(error) : resolve(answer))))

const submission = (task) => ({
  task_id: task,
  task_description: 'Name a prime.',
  role: 'DEV',
  constraints: { story_id: 's' },
  agents: [{ id: 'a', role: 'DEV', model: 'm' }],
  vllm_url: 'http://127.0.0.1:8000',
  vllm_model: 'm',
})

const firstWatched = () =>
  new Promise((resolve, reject) => {
    const watch = health.Watch({ service: name })
    watch.on('error', reject)
    watch.once('data', (told) => {
      watch.removeAllListeners('error')
      watch.on('error', () => {}) // the cancel
      watch.cancel()
      resolve(told.status)
    })
  })

const main = async () => {
  const numbers = [...Array(100).keys()]
  const taken = await Promise.all(numbers.map((number) => call(service, 'ExecuteDeliberation', submission(`t-${number}`))))
  for (const number of numbers) taken.push(await call(service, 'ExecuteDeliberation', submission(`u-${number}`)))
  const refusal = await call(service, 'ExecuteDeliberation', submission(' ')).catch((error) => error)
  console.log(JSON.stringify({
    health: (await call(health, 'Check', { service: name })).status,
    watched: await firstWatched(),
    submitted: new Set(taken.map((answer) => answer.deliberation_id)).size,
    status: (await call(service, 'GetStatus', {})).status,
    unknown: (await call(service, 'GetDeliberationStatus', { deliberation_id: 'x' })).status,
    refusal: grpc.status[refusal.code],
    sentence: refusal.details,
  }))
  service.close()
  health.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
