import { z } from 'zod'

const days = (value: number, max = 3650) => z.int().min(1).max(max).default(value)
const daysOrNever = () => z.int().min(1).max(3650).nullable().default(null)

/** What the platform keeps about itself; `haivemind cleanup --dry-run` counts what is past it. */
export const retention = z.object({
  operations_days: days(30).describe('An operation that ended goes after so many days.'),
  events_days: days(90).describe('Events of the timeline go after so many days.'),
  scans_days: days(90).describe('Scans that belong to no version go after so many days.'),
  incidents_days: days(400).describe('Incidents go so many days after they were resolved.'),
  samples_days: days(400, 400).describe(
    'Samples of servers, of whatever grain, and their daily profiles go after so many days.',
  ),
  memories_days: daysOrNever().describe(
    'Memories that were last seen so many days ago are forgotten here, and nowhere else; null: never.',
  ),
  audit_days: daysOrNever().describe(
    'Closed segments of the audit log whose last record is older are removed, and the log says so; null: never.',
  ),
})
