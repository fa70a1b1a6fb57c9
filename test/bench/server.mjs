/**
 * The scripted server, a process of its own so that nobody's work delays it. It plays one reply per
 * request, on time, and reports when requests came and replies ended (ms since 1970, with
 * fractions). What was sent is checked afterwards, when nothing is measured.
 */
import http from 'node:http'

const now = () => performance.timeOrigin + performance.now()
let replies = []
let requests = []

const server = http.createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
  const record = { arrivedAt: now(), endedAt: null, body: [] }
  const reply = replies[requests.length]
  requests.push(record)
  request.on('data', (chunk) => record.body.push(chunk))
  request.on('end', () => {
    if (reply === undefined) response.writeHead(400).end('{"type":"error","error":{"type":"invalid_request_error"}}')
    else play(reply, response, record)
  })
})

/** Each chunk at its own time after the request, so that late timers do not add up. */
function play({ chunks }, response, record) {
  const startedAt = performance.now()
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_bench' })
  const next = (index) => {
    for (const event of chunks[index].events) response.write(event)
    if (index === chunks.length - 1) {
      response.end()
      record.endedAt = now()
      return
    }
    const wait = chunks[index + 1].at - (performance.now() - startedAt)
    if (wait <= 0) next(index + 1)
    else setTimeout(next, wait, index + 1)
  }
  const wait = chunks[0].at
  if (wait <= 0) next(0)
  else setTimeout(next, wait, 0)
}

/** null, or what is wrong: too few requests, or a tool_use without exactly one result in the next message. */
function faultOf(bodies) {
  if (bodies.length !== replies.length) return `${bodies.length} requests instead of ${replies.length}`
  const { messages } = JSON.parse(bodies.at(-1))
  for (const [index, { content }] of messages.entries()) {
    const calls = blocks(content, 'tool_use').map(({ id }) => id)
    const results = blocks(messages[index + 1]?.content ?? [], 'tool_result')
    if (calls.length === 0) continue
    if (calls.join() !== results.map((result) => result.tool_use_id).join())
      return `message ${index}: results do not fit its calls`
    const failed = results.find(
      (result) => result.is_error === true || !JSON.stringify(result.content).includes('done'),
    )
    if (failed !== undefined) return `a call failed: ${JSON.stringify(failed.content).slice(0, 80)}`
  }
  return null
}

function blocks(content, type) {
  return typeof content === 'string' ? [] : content.filter((block) => block.type === type)
}

process.on('message', (message) => {
  if (message.type === 'script') {
    replies = message.replies
    requests = []
    process.send({ type: 'ready' })
  } else {
    const bodies = requests.map(({ body }) => Buffer.concat(body).toString('utf8'))
    process.send({
      type: 'report',
      fault: faultOf(bodies),
      firstRequestBytes: Buffer.byteLength(bodies[0] ?? ''),
      requests: requests.map(({ arrivedAt, endedAt }) => ({ arrivedAt, endedAt })),
    })
  }
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send({ type: 'listening', port: server.address().port }))
