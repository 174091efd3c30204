// Calls the gRPC service as a client in JavaScript does, and prints what it found as one JSON object.
//
// usage: node client.js ADDRESS CONTRACT_FOLDER HEALTH_FOLDER MODEL_URL, the folders of .proto files, with NODE_PATH naming where @grpc/grpc-js and
// @grpc/proto-loader are.
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const [address, contract, folder, model] = process.argv.slice(2)
const load = (file, from) => grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: [from], keepCase: true, longs: Number, enums: String }))
const name = 'fleet.ray_executor.v1.RayExecutorService'
const { fleet } = load('fleet/ray_executor/v1/ray_executor.proto', contract)
const service = new fleet.ray_executor.v1.RayExecutorService(address, grpc.credentials.createInsecure())
const health = new (load('grpc/health/v1/health.proto', folder).grpc.health.v1.Health)(address, grpc.credentials.createInsecure())

const call = (client, method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, { deadline: Date.now() + 20_000 }, (error, answer) => (error ? reject(error) : resolve(answer))))

const submission = (task, more) => ({
  task_id: task,
  task_description: 'Name a prime.',
  role: 'DEV',
  constraints: { story_id: 's' },
  agents: [{ id: 'a', role: 'DEV', model: 'm' }],
  vllm_url: model,
  vllm_model: 'm',
  ...more,
})

// The first status that a watch is told, and how it ends, left to `end` after that.
const watched = (options, end) =>
  new Promise((resolve) => {
    const watch = health.Watch({ service: name }, options)
    let first
    watch.on('data', (told) => {
      first = told.status
      end(watch)
    })
    watch.on('error', (error) => resolve({ first, end: grpc.status[error.code] }))
  })

const main = async () => {
  const cancelled = await watched({}, (watch) => watch.cancel())
  const late = await watched({ deadline: Date.now() + 1000 }, () => {})
  const numbers = [...Array(100).keys()]
  const taken = await Promise.all(numbers.map((number) => call(service, 'ExecuteDeliberation', submission(`t-${number}`))))
  for (const number of numbers) taken.push(await call(service, 'ExecuteDeliberation', submission(`u-${number}`)))
  const reviewed = await call(service, 'ExecuteBacklogReviewDeliberation', submission('ceremony-1:story-2:role-DEV'))
  const active = await call(service, 'GetActiveJobs', {})
  const unknown = await call(service, 'GetDeliberationStatus', { deliberation_id: 'größe €' })
  const refusal = await call(service, 'ExecuteDeliberation', submission('t', { preset: 'größe €' })).catch((error) => error)
  console.log(JSON.stringify({
    health: (await call(health, 'Check', { service: name })).status,
    watched: [cancelled.first, late.first],
    cancelled: cancelled.end,
    late: late.end,
    submitted: new Set(taken.map((answer) => answer.deliberation_id)).size,
    reviewed: reviewed.status,
    jobs: new Set(active.jobs.map((job) => job.job_id)).size,
    status: (await call(service, 'GetStatus', {})).status,
    unknown: unknown.status,
    unknown_sentence: unknown.error_message,
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
