// The map: points that are coloured by what is chosen, with the image of the one that is pointed at.
class EmbeddingMap {
  constructor(host, data, sprite) {
    Object.assign(this, { data, sprite, chosen: null, only: new Set(), window: null });
    const modes = {};
    if (data.label) modes.label = 'Label';
    if (data.predicted) modes.verdict = 'Right or wrong';
    Object.assign(modes, { cluster: 'Cluster', loss: 'Loss' });
    this.mode = Object.keys(modes)[0];
    this.legend = element('div', { class: 'legend' });
    this.tip = element('div', { class: 'tip', hidden: true, role: 'status' });
    this.svg = shape('svg', { tabindex: 0, role: 'img', 'aria-label': `Map of ${data.x.length} images. Arrow keys go from image to image.` });
    this.reset = element('button', { type: 'button', text: 'Reset zoom', hidden: true, onclick: () => this.zoomTo(null) });
    this.dots = data.x.map(() => shape('circle'));
    this.box = shape('rect', { class: 'selection', visibility: 'hidden' });
    this.svg.append(...this.dots, this.box);
    host.append(
      element('p', { class: 'note', text: data.note }),
      element('div', { class: 'tools' }, 'colour', choice(modes, this.mode, 'Colour', mode => { this.mode = mode; this.only.clear(); this.colour(); }),
        element('button', { type: 'button', text: '+', 'aria-label': 'Zoom in', onclick: () => this.zoomBy(0.5) }),
        element('button', { type: 'button', text: '−', 'aria-label': 'Zoom out', onclick: () => this.zoomBy(2) }), this.reset),
      this.legend, element('div', { class: 'plane' }, this.svg, this.tip),
      element('p', { class: 'hint', text: 'Hover over a point to see its image. Drag a box to zoom, double-click to reset. Click names in the legend to select them.' }));
    this.listen();
    this.colour();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  groupOf(i) {
    const { label, predicted, cluster } = this.data;
    return this.mode === 'label' ? label[i] : this.mode === 'verdict' ? (label[i] === predicted[i] ? 0 : 1) : this.mode === 'cluster' ? cluster[i] : null;
  }

  colour() {
    const { data } = this;
    let colourOf, entries = [];
    if (this.mode === 'loss') {
      const sorted = [...data.loss].sort((a, b) => a - b), low = sorted[0], high = sorted[Math.floor(sorted.length * 0.99)] || 1;
      const at = share => `oklch(${0.82 - 0.4 * share} ${0.06 + 0.14 * share} ${95 - 70 * share})`;
      colourOf = i => at(clamp((data.loss[i] - low) / (high - low || 1), 0, 1));
      entries = [element('span', {}, `${number(low)} `, element('span', { class: 'ramp', style: `background: linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(at).join(', ')})` }), ` ${number(high)} nats`)];
    } else {
      const names = this.mode === 'label' ? data.classes : this.mode === 'verdict' ? ['right', 'wrong'] : [...new Set(data.cluster)].sort((a, b) => a - b).map(c => `cluster ${c + 1}`);
      const ids = this.mode === 'cluster' ? [...new Set(data.cluster)].sort((a, b) => a - b) : names.map((_, i) => i);
      const of = id => this.mode === 'verdict' ? (id ? 'var(--bad)' : 'var(--good)') : hue(id, Math.max(...ids) + 1);
      colourOf = i => of(this.groupOf(i));
      const counts = new Map();
      for (let i = 0; i < data.x.length; i++) counts.set(this.groupOf(i), (counts.get(this.groupOf(i)) ?? 0) + 1);
      entries = ids.map((id, k) => element('button', {
        type: 'button', 'aria-pressed': 'true', style: `--colour: ${of(id)}`,
        onclick: event => {
          if (!this.only.delete(id)) this.only.add(id);
          for (const [n, button] of [...this.legend.children].entries()) button.setAttribute('aria-pressed', String(!this.only.size || this.only.has(ids[n])));
          this.dim();
        },
      }, element('i', { class: 'dot' }), `${names[k]} (${counts.get(id) ?? 0})`));
    }
    this.legend.replaceChildren(...entries);
    this.dots.forEach((dot, i) => dot.setAttribute('style', `fill: ${colourOf(i)}`));
    this.dim();
  }

  dim() { this.dots.forEach((dot, i) => dot.classList.toggle('dim', this.only.size > 0 && !this.only.has(this.groupOf(i)))); }

  // The part of the plane that is seen, in its own units and in the shape of the drawing.
  frame() {
    const { x, y } = this.data, [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    let [left, right, top, bottom] = this.window ?? [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
    const scale = Math.min((width - 24) / (right - left || 1), (height - 24) / (bottom - top || 1)), cx = (left + right) / 2, cy = (top + bottom) / 2;
    return { scale, toX: v => width / 2 + (v - cx) * scale, toY: v => height / 2 + (v - cy) * scale, fromX: p => cx + (p - width / 2) / scale, fromY: p => cy + (p - height / 2) / scale };
  }

  draw() {
    if (!this.svg.clientWidth) return;
    this.place = this.frame();
    this.svg.setAttribute('viewBox', `0 0 ${this.svg.clientWidth} ${this.svg.clientHeight}`);
    const r = clamp(this.svg.clientWidth / 240, 2.2, 3.6);
    this.dots.forEach((dot, i) => {
      dot.setAttribute('r', r);
      dot.setAttribute('cx', this.place.toX(this.data.x[i]).toFixed(1));
      dot.setAttribute('cy', this.place.toY(this.data.y[i]).toFixed(1));
    });
    this.choose(this.chosen);
  }

  zoomTo(window) {
    this.window = window;
    this.reset.hidden = window === null;
    this.draw();
  }

  zoomBy(factor) {
    const p = this.place ?? this.frame(), [width, height] = [this.svg.clientWidth, this.svg.clientHeight], i = this.chosen;
    const [cx, cy] = i === null ? [p.fromX(width / 2), p.fromY(height / 2)] : [this.data.x[i], this.data.y[i]];
    const [w, h] = [width / p.scale * factor / 2, height / p.scale * factor / 2];
    this.zoomTo([cx - w, cx + w, cy - h, cy + h]);
  }

  choose(i) {
    if (this.chosen !== null) this.dots[this.chosen].classList.remove('at');
    this.chosen = i;
    this.tip.hidden = i === null;
    if (i === null) return;
    const { data } = this, dot = this.dots[i];
    dot.classList.add('at');
    this.svg.insertBefore(dot, this.box); // above the others
    const facts = [element('b', { text: data.label ? data.classes[data.label[i]] : `cluster ${data.cluster[i] + 1}` })];
    if (data.predicted) facts.push(data.predicted[i] === data.label[i] ? element('span', { class: 'right', text: '✓ right' }) : element('span', { class: 'wrong', text: `✗ predicted as ${data.classes[data.predicted[i]]}` }), element('br'));
    facts.push(`loss ${number(data.loss[i])} nats`, element('br'), `cluster ${data.cluster[i] + 1}`, element('br'), data.names[i]);
    this.tip.replaceChildren(tile(this.sprite, i, 96, facts[0].textContent), element('div', {}, facts));
    const x = this.place.toX(data.x[i]), y = this.place.toY(data.y[i]), { offsetWidth: w, offsetHeight: h } = this.tip;
    this.tip.style.left = `${clamp(x + 14 + w > this.svg.clientWidth ? x - w - 14 : x + 14, 0, Math.max(0, this.svg.clientWidth - w))}px`;
    this.tip.style.top = `${clamp(y - h / 2, 4, Math.max(4, this.svg.clientHeight - h - 4))}px`;
  }

  listen() {
    const svg = this.svg, at = event => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let drag = null;
    svg.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      drag = at(event);
    });
    svg.addEventListener('pointermove', event => {
      const [x, y] = at(event);
      if (drag) {
        fill(this.box, { visibility: 'visible', x: Math.min(x, drag[0]), y: Math.min(y, drag[1]), width: Math.abs(x - drag[0]), height: Math.abs(y - drag[1]) }, []);
        return;
      }
      this.choose(this.pick(x, y, 24));
    });
    const end = event => {
      const start = drag, [x, y] = at(event), p = this.place;
      drag = null;
      this.box.setAttribute('visibility', 'hidden');
      if (event.type !== 'pointerup' || !start) return;
      if (Math.hypot(x - start[0], y - start[1]) > 10) this.zoomTo([p.fromX(Math.min(x, start[0])), p.fromX(Math.max(x, start[0])), p.fromY(Math.min(y, start[1])), p.fromY(Math.max(y, start[1]))]);
      else this.choose(this.pick(x, y, 30));
    };
    svg.addEventListener('pointerup', end);
    svg.addEventListener('pointercancel', end);
    svg.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') this.choose(null); });
    svg.addEventListener('dblclick', () => this.zoomTo(null));
    svg.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], count = this.dots.length;
      if (step) this.choose(((this.chosen ?? -step) + step + count) % count);
      else if (event.key === '+') this.zoomBy(0.5);
      else if (event.key === '-') this.zoomBy(2);
      else if (event.key === 'Escape') { this.choose(null); this.zoomTo(null); }
      else return;
      event.preventDefault();
    });
  }

  pick(px, py, reach) {
    let best = null, least = reach * reach;
    for (let i = 0; i < this.data.x.length; i++) {
      if (this.only.size && !this.only.has(this.groupOf(i))) continue;
      const d = (this.place.toX(this.data.x[i]) - px) ** 2 + (this.place.toY(this.data.y[i]) - py) ** 2;
      if (d < least) [best, least] = [i, d];
    }
    return best;
  }
}

// Colours around the wheel, light and dark in turn, so that neighbours differ.
function hue(i, count) { return `oklch(${[0.62, 0.74, 0.52][i % 3]} 0.16 ${Math.round(360 * i / Math.max(count, 1) + 25)})`; }
