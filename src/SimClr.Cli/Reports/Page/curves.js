// The section of the curves. `update` takes new data of the same runs, or of more.
class Curves {
  constructor(section) {
    this.view = new CurveView();
    this.host = section.querySelector('.body');
    this.charts = new Map();
    const reset = element('button', { type: 'button', text: 'Reset zoom', id: 'reset-zoom', hidden: true, onclick: () => this.view.change({ range: null }) });
    const smooth = element('button', {
      type: 'button', text: 'Smooth', 'aria-pressed': 'true', title: 'Running mean over five points, or over 2 % of a longer curve',
      onclick: event => {
        this.view.change({ smooth: !this.view.smooth });
        event.currentTarget.setAttribute('aria-pressed', String(this.view.smooth));
      },
    });
    this.view.onchange = () => { reset.hidden = this.view.range === null; };
    byId('curve-tools').replaceChildren('against',
      choice(Object.fromEntries(Object.entries(AXES).map(([key, axis]) => [key, axis.name])), 'step', 'Horizontal axis', axis => this.view.change({ axis, range: null, at: null })),
      smooth, reset);
  }

  update(data) {
    const several = data.runs.length > 1;
    for (const panel of data.panels) {
      const lines = data.runs.flatMap((run, r) => panel.series.filter(s => run.series[s.key]?.step.length).map((s, i) => ({
        name: several ? (panel.series.length > 1 ? `${run.name}, ${s.name}` : run.name) : s.name,
        colour: `var(--c${(several ? r : i) % 6})`, dashed: several && i > 0, run, series: run.series[s.key],
      })));
      if (!lines.length) continue;
      const known = this.charts.get(panel.title);
      if (known) known.show(lines);
      else {
        const chart = new Chart(panel, lines, this.view);
        this.charts.set(panel.title, chart);
        this.host.append(chart.node);
      }
    }
    this.view.change({});
  }
}
