export const CHART_WORDS = {
  table: 'Table',
  chart: 'Chart',
  csv: 'CSV',
  showTable: (title: string) => `Show ${title} as a table`,
  showChart: (title: string) => `Show ${title} as a chart`,
  saveCsv: (title: string) => `Download ${title} as CSV`,
  nothing: 'Nothing was measured in this time.',
  time: 'Time',
  none: '–',
  thinned: (shown: number, all: number) =>
    `${shown} of ${all} rows, evenly over the whole time. The CSV has all.`,
} as const
