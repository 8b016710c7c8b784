// What all curves of a page have in common: the horizontal axis, the part of it that is seen, and where it is read off.
class CurveView {
  constructor() {
    Object.assign(this, { axis: 'step', range: null, at: null, smooth: true, charts: [], onchange: () => {} });
  }
  change(what) {
    Object.assign(this, what);
    for (const chart of this.charts) chart.draw();
    this.onchange();
  }
  point(at) {
    this.at = at;
    for (const chart of this.charts) chart.mark();
  }
}

const AXES = {
  step: { name: 'Steps', label: () => 'step', of: (run, step) => step, unit: () => 1, text: number },
  images: { name: 'Images', label: () => 'images seen', of: (run, step) => step * run.batchSize, unit: () => 1, text: number },
  seconds: {
    name: 'Wall time', text: duration, of: (run, step) => timeAt(run.clock, step),
    unit: span => span > 7200 ? 3600 : span > 120 ? 60 : 1,
    label: unit => `wall time (${{ 3600: 'hours', 60: 'minutes', 1: 'seconds' }[unit]})`,
  },
};

function timeAt(clock, step) {
  const i = lowerBound(clock.step, step);
  if (i === 0) return clock.seconds[0] ?? 0;
  if (i === clock.step.length) return clock.seconds[i - 1];
  const share = (step - clock.step[i - 1]) / (clock.step[i] - clock.step[i - 1]);
  return clock.seconds[i - 1] + share * (clock.seconds[i] - clock.seconds[i - 1]);
}

// The mean of the values around each: a hundredth of the curve to either side, at least two values.
function smoothed(values) {
  const reach = Math.max(2, Math.round(values.length / 100)), sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, i) => {
    const from = Math.max(0, i - reach), to = Math.min(values.length, i + reach + 1);
    return (sums[to] - sums[from]) / (to - from);
  });
}

const FRAME = { left: 54, right: 10, top: 8, bottom: 36, height: 236 };

class Chart {
  // lines: { name, colour, dashed, run, series }; series: { step, value, low, high }
  constructor(panel, lines, view) {
    Object.assign(this, { panel, view, hidden: new Set(), cache: {} });
    this.unit = element('span', { text: panel.unit });
    this.legend = element('div', { class: 'legend' });
    this.svg = shape('svg', { height: FRAME.height, tabindex: 0, role: 'img' });
    this.node = element('figure', { class: 'chart' }, element('figcaption', { text: panel.title }, this.unit), this.legend, this.svg);
    this.listen();
    this.show(lines);
    view.charts.push(this);
    new ResizeObserver(() => this.draw()).observe(this.node);
  }

  show(lines) {
    this.lines = lines.map(line => ({ ...line, smooth: smoothed(line.series.value) }));
    this.cache = {};
    this.legend.replaceChildren(...this.lines.map(line => {
      line.readout = element('b');
      return element('button', {
        type: 'button', 'aria-pressed': String(!this.hidden.has(line.name)), title: 'Show or hide', style: `--colour: ${line.colour}`,
        onclick: event => {
          if (!this.hidden.delete(line.name)) this.hidden.add(line.name);
          event.currentTarget.setAttribute('aria-pressed', String(!this.hidden.has(line.name)));
          this.draw();
        },
      }, element('i', { class: line.dashed ? 'dashed' : null }), line.name, line.readout);
    }));
  }

  get visible() { return this.lines.filter(line => !this.hidden.has(line.name)); }

  xs(line) {
    const key = this.view.axis + '/' + line.name;
    return this.cache[key] ??= line.series.step.map(step => AXES[this.view.axis].of(line.run, step));
  }

  draw() {
    const width = this.svg.clientWidth, { height, left, right, top, bottom } = FRAME, factor = this.panel.factor;
    if (!width) return;
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`); // print scales it
    const lines = this.visible, all = this.lines.map(line => this.xs(line));
    const whole = [Math.min(...all.map(x => x[0])), Math.max(...all.map(x => x[x.length - 1]))];
    let [from, to] = this.view.range ?? whole;
    if (!(to > from)) [from, to] = [from - 0.5, from + 0.5];

    let low = Infinity, high = -Infinity;
    const parts = lines.map(line => {
      const x = this.xs(line), first = Math.max(0, lowerBound(x, from) - 1), last = Math.min(x.length, lowerBound(x, to) + 1);
      for (let i = first; i < last; i++) {
        low = Math.min(low, (line.series.low ?? line.series.value)[i] * factor);
        high = Math.max(high, (line.series.high ?? line.series.value)[i] * factor);
      }
      return { line, x, first, last };
    });
    if (!(high >= low)) [low, high] = [0, 1];
    if (high === low) [low, high] = [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
    const rim = (high - low) * 0.05;
    [low, high] = [low >= 0 && low - rim < 0 ? 0 : low - rim, high + rim];

    const px = x => left + (x - from) / (to - from) * (width - left - right), py = y => height - bottom - (y * factor - low) / (high - low) * (height - top - bottom);
    this.place = { from, to, left, inner: width - left - right, px, py };
    const axis = AXES[this.view.axis], unit = axis.unit(to - from), clip = `clip-${this.view.charts.indexOf(this)}`;
    const xTicks = ticks(from / unit, to / unit, width / 90).map(t => [px(t * unit), t]), yTicks = ticks(low, high, 4);
    const path = (line, values, x, first, last) => {
      let d = '';
      for (let i = first; i < last; i++) d += `${d ? 'L' : 'M'}${px(x[i]).toFixed(1)} ${py(values[i]).toFixed(1)}`;
      return d;
    };
    const curves = parts.filter(p => p.last > p.first).flatMap(({ line, x, first, last }) => {
      const { series } = line, style = `--colour: ${line.colour}`, kind = line.dashed ? 'line dashed' : 'line', smooth = this.view.smooth, drawn = [];
      if (series.low) {
        const back = [...Array(last - first).keys()].map(i => `L${px(x[last - 1 - i]).toFixed(1)} ${py(series.low[last - 1 - i]).toFixed(1)}`).join('');
        drawn.push(shape('path', { class: 'band', style, d: path(line, series.high, x, first, last) + back + 'Z' }));
      } else if (smooth) drawn.push(shape('path', { class: 'line raw', style, d: path(line, series.value, x, first, last) }));
      drawn.push(shape('path', { class: kind, style, d: path(line, smooth ? line.smooth : series.value, x, first, last) }));
      if (last - first <= 40) for (let i = first; i < last; i++) drawn.push(shape('circle', { class: 'dot', style, r: 3, cx: px(x[i]), cy: py(series.value[i]) }));
      return drawn;
    });
    this.marks = shape('g');
    this.svg.replaceChildren(
      shape('clipPath', { id: clip }, shape('rect', { x: left, y: 0, width: width - left - right, height: height - bottom })),
      ...yTicks.flatMap(t => [shape('line', { class: 'grid', x1: left, x2: width - right, y1: py(t / factor), y2: py(t / factor) }),
        shape('text', { x: left - 8, y: py(t / factor) + 4, 'text-anchor': 'end', text: number(t) })]),
      ...xTicks.map(([x, t]) => shape('text', { x, y: height - bottom + 17, 'text-anchor': 'middle', text: t >= 1e5 ? t.toLocaleString('en', { notation: 'compact' }) : number(t) })),
      shape('text', { x: left + (width - left - right) / 2, y: height - 4, 'text-anchor': 'middle', text: axis.label(unit) }),
      shape('g', { 'clip-path': `url(#${clip})` }, curves), this.marks);
    this.svg.setAttribute('aria-label', `${this.panel.title}: ` + lines.map(line => {
      const value = line.series.value;
      return `${line.name} from ${number(value[0] * factor)} to ${number(value[value.length - 1] * factor)} ${this.panel.unit}`;
    }).join('; ') + `, against ${axis.label(unit)}`);
    this.mark();
  }

  // The cursor, and the values at it.
  mark() {
    if (!this.place) return;
    const { at } = this.view, { from, to, px, py } = this.place, inside = at !== null && at >= from && at <= to, marks = [];
    for (const line of this.lines) {
      const x = this.xs(line), i = inside ? nearest(x, at) : x.length - 1;
      line.readout.textContent = this.hidden.has(line.name) || i < 0 ? '' : number(line.series.value[i] * this.panel.factor);
      if (inside && i >= 0 && !this.hidden.has(line.name)) marks.push(shape('circle', { class: 'dot', style: `--colour: ${line.colour}`, r: 4, cx: px(x[i]), cy: py(line.series.value[i]) }));
    }
    if (inside) marks.unshift(shape('line', { class: 'cursor', x1: px(at), x2: px(at), y1: FRAME.top, y2: FRAME.height - FRAME.bottom }));
    if (this.drag) {
      const [a, b] = [this.drag.start, this.drag.end].sort((p, q) => p - q);
      marks.push(shape('rect', { class: 'selection', x: a, width: b - a, y: FRAME.top, height: FRAME.height - FRAME.top - FRAME.bottom }));
    }
    this.marks.replaceChildren(...marks);
    const name = { step: 'step', images: 'images', seconds: '' }[this.view.axis];
    this.unit.textContent = inside ? `${name} ${AXES[this.view.axis].text(this.view.axis === 'seconds' ? at : Math.round(at))}` : this.panel.unit;
  }

  listen() {
    const svg = this.svg, view = this.view;
    const pixel = event => clamp(event.clientX - svg.getBoundingClientRect().left, this.place.left, this.place.left + this.place.inner);
    const value = x => this.place.from + (x - this.place.left) / this.place.inner * (this.place.to - this.place.from);
    svg.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      this.drag = { start: pixel(event), end: pixel(event) };
    });
    svg.addEventListener('pointermove', event => {
      if (this.drag) this.drag.end = pixel(event);
      view.point(value(pixel(event)));
    });
    const end = event => {
      const drag = this.drag;
      this.drag = null;
      if (event.type === 'pointerup' && drag && Math.abs(drag.end - drag.start) > 8) view.change({ range: [value(drag.start), value(drag.end)].sort((a, b) => a - b) });
      else this.mark();
    };
    svg.addEventListener('pointerup', end);
    svg.addEventListener('pointercancel', end);
    svg.addEventListener('pointerleave', () => { if (!this.drag) view.point(null); });
    svg.addEventListener('dblclick', () => view.change({ range: null }));
    svg.addEventListener('keydown', event => {
      const { from, to } = this.place, span = to - from, at = clamp(view.at ?? (from + to) / 2, from, to);
      const step = { ArrowLeft: -span / 100, ArrowRight: span / 100 }[event.key], zoom = { '+': 0.5, '-': 2 }[event.key];
      if (step) view.point(clamp(at + step, from, to));
      else if (zoom) view.change({ at, range: [at - (at - from) * zoom, at + (to - at) * zoom] });
      else if (event.key === 'Escape') view.change({ at: null, range: null });
      else return;
      event.preventDefault();
    });
  }
}
