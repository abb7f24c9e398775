/** What a scan means for a version: refused, held, released. Over the real store and fakes of intake and supervisor. */
import { describe, expect, it } from 'vitest'
import type { AppError } from '../domain/error.ts'
import { alice, createTestHosting } from '../../test/fakes/hosting.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: AppError) => error.code,
  )
const APPROVE = { version: null, reason: 'read it through', start: true }

describe('a version whose scan asks for a review', () => {
  it('is installed and held: nothing starts it until it is approved', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', 'suspicious')
    expect(operation.status).toBe('succeeded')
    expect(operation.stages.slice(5).map(({ status }) => status)).toEqual(['skipped', 'skipped'])
    expect(operation.stages[2]?.note).toBe('review: 1 high found; held until approved')
    expect(await codeOf(test.hosting.start('weather', alice))).toBe('approval_required')
    expect(await codeOf(test.hosting.restart('weather', alice))).toBe('approval_required')
    const { server, version } = await test.hosting.get('weather')
    expect([server.desired, version?.review]).toEqual(['stopped', { state: 'pending' }])
    // Whoever else would start it.
    expect(await codeOf(test.records.findLaunchSpec(server.id, 'start'))).toBe('approval_required')
    expect(test.supervision.starts).toEqual([])

    const view = await test.hosting.approve('weather', APPROVE, alice)
    expect(view.state.kind).toBe('running')
    expect(view.version?.review).toMatchObject({ state: 'approved', by: alice.id, reason: APPROVE.reason })
    expect(await codeOf(test.hosting.approve('weather', APPROVE, alice))).toBe('conflict')
  })

  it('leaves the version before running, and is switched to by its approval', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    await test.deploy('weather', 'suspicious second')
    const before = await test.hosting.get('weather')
    expect([before.version?.number, before.state.kind]).toEqual([1, 'running'])
    expect(await codeOf(test.hosting.rollback('weather', 2, alice))).toBe('approval_required')
    expect(await codeOf(test.hosting.approve('weather', { ...APPROVE, version: 1 }, alice))).toBe('conflict')
    expect(await codeOf(test.hosting.approve('weather', { ...APPROVE, version: 9 }, alice))).toBe(
      'version_not_found',
    )
    const after = await test.hosting.approve('weather', APPROVE, alice)
    expect([after.version?.number, after.state.kind]).toEqual([2, 'running'])
  })

  it('has to be named where another waits too: it may have come after the look at the first', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'suspicious')
    await test.deploy('weather', 'suspicious second')
    expect(await codeOf(test.hosting.approve('weather', APPROVE, alice))).toBe('conflict')
    expect(test.supervision.starts).toEqual([])
    const view = await test.hosting.approve('weather', { ...APPROVE, version: 1 }, alice)
    expect([view.version?.number, view.state.kind]).toEqual([1, 'running'])
  })

  it('may be approved without a start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'suspicious')
    const view = await test.hosting.approve('weather', { ...APPROVE, start: false }, alice)
    expect([view.state.kind, view.version?.review?.state]).toEqual(['stopped', 'approved'])
    await test.hosting.start('weather', alice)
    expect(test.supervision.starts).toHaveLength(1)
  })

  it('keeps what was found, and tells that it waits', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'suspicious')
    const { findings, version } = await test.hosting.readFindings('weather', null)
    expect(findings.map(({ finding }) => finding.ruleId)).toEqual(['code.reverse_shell'])
    expect(version.scan).toMatchObject({ verdict: 'review', ruleSet: 'rules-1' })
    const events = await test.hosting.listLatestEvents(10)
    expect(events.map(({ event }) => event.type)).toContain('version.held')
  })
})

it('tells of every server what its newest version was found with', async () => {
  const test = createTestHosting()
  await test.deploy('weather', 'suspicious')
  await test.deploy('calm', 'good')
  const all = await test.hosting.listSecurity()
  expect(
    all.map(({ server, version, drifted }) => [
      server,
      version.scan?.verdict,
      version.review?.state,
      drifted,
    ]),
  ).toEqual([
    ['calm', undefined, undefined, 0],
    ['weather', 'review', 'pending', 0],
  ])
})

describe('a version whose scan blocks', () => {
  it('is rejected, and leaves nothing', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', 'evil')
    expect(operation).toMatchObject({ status: 'rejected', error: { code: 'scan_blocked' }, serverId: null })
    expect(operation.stages.find(({ status }) => status === 'failed')?.stage).toBe('scan')
    expect(await test.hosting.list()).toEqual([])
    expect([test.intake.received.size, test.intake.trees.size]).toEqual([0, 0])
  })

  it('passes while its finding is suppressed, and no longer', async () => {
    const test = createTestHosting()
    const fingerprint = 'e'.repeat(32)
    await test.hosting.suppress({ fingerprint, reason: 'a false alarm', days: 1 }, alice)
    expect((await test.deploy('weather', 'evil')).status).toBe('succeeded')
    const { findings } = await test.hosting.readFindings('weather', null)
    expect(findings[0]?.suppression?.reason).toBe('a false alarm')
    test.clock.advance(2 * 86_400_000)
    expect((await test.deploy('other', 'evil')).error?.code).toBe('scan_blocked')
    await test.hosting.removeSuppression(fingerprint, alice)
    expect(await codeOf(test.hosting.removeSuppression(fingerprint, alice))).toBe('suppression_not_found')
  })
})

it('says and audits that a version was not scanned', async () => {
  const test = createTestHosting()
  await test.deploy('weather', './run.sh')
  expect((await test.hosting.get('weather')).version?.scan).toBeNull()
  expect(test.hostingAudit.entries).toMatchObject([{ action: 'scan.skip', resource: 'server:weather' }])
  test.hostingAudit.fail(true)
  expect((await test.deploy('other', './run.sh')).error?.code).toBe('audit_unavailable')
  expect(await codeOf(test.hosting.get('other'))).toBe('server_not_found')
})
