import { expect, it } from 'vitest'
import { buildDraft, buildSettings, buildTarget } from './build-request.ts'

const draft = buildDraft(null, ['incident', 'disk'])

it('sends what was filled in, and nothing of the other kinds', () => {
  expect(buildTarget({ ...draft, url: ' https://hooks.example/x ', password: 'left over' })).toEqual({
    kind: 'webhook',
    url: 'https://hooks.example/x',
  })
  expect(buildTarget({ ...draft, kind: 'ntfy', ntfyTopic: 'ops' })).toEqual({
    kind: 'ntfy',
    url: 'https://ntfy.sh',
    topic: 'ops',
    token: undefined,
  })
  const mail = {
    ...draft,
    kind: 'mail',
    host: 'm.example',
    from: 'a@b.example',
    to: 'c@d.example, e@f.example',
  } as const
  expect(buildTarget(mail)).toMatchObject({ port: undefined, user: undefined, password: undefined })
  expect(buildTarget({ ...mail, port: '2525', user: 'u', password: ' p ' })).toMatchObject({
    port: 2525,
    user: 'u',
    password: ' p ',
    to: ['c@d.example', 'e@f.example'],
  })
})

it('has quiet hours only with both ends', () => {
  expect(buildSettings({ ...draft, name: ' ops ', quietFrom: '22:00' })).toEqual({
    name: 'ops',
    topics: ['incident', 'disk'],
    servers: [],
    min_urgency: 'soon',
    max_per_hour: 20,
    quiet_hours: null,
  })
  expect(buildSettings({ ...draft, quietFrom: '22:00', quietTo: '07:00', servers: 'a,  b' })).toMatchObject({
    servers: ['a', 'b'],
    quiet_hours: { from: '22:00', to: '07:00' },
  })
})
