import { useUrlState } from '../../lib/search.ts'
import { Page as Frame } from '../../parts/page.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { Incidents } from './incidents.tsx'
import { Memories } from './memories.tsx'
import { Recommendations } from './recommendations.tsx'
import { INSIGHTS_WORDS } from './words.ts'

const VIEWS = ['recommendations', 'incidents', 'memories'] as const
type View = (typeof VIEWS)[number]
const CONTENT = { recommendations: Recommendations, incidents: Incidents, memories: Memories } as const

export function Page() {
  const [{ view }, set] = useUrlState({ view: 'recommendations' })
  const chosen: View = VIEWS.find((one) => one === view) ?? 'recommendations'
  return (
    <Frame title={INSIGHTS_WORDS.title} description={INSIGHTS_WORDS.text}>
      <Tabs
        label={INSIGHTS_WORDS.views}
        value={chosen}
        onChange={(next) => set({ view: next }, 'push')}
        tabs={VIEWS.map((value) => {
          const Content = CONTENT[value]
          return { value, label: INSIGHTS_WORDS[value], content: value === chosen ? <Content /> : null }
        })}
      />
    </Frame>
  )
}
