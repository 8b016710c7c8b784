// Pictures, tables, bars.
function tile(sprite, index, size, label) {
  const rows = Math.ceil(sprite.count / sprite.columns);
  return element('span', {
    class: `tile ${sprite.className}${sprite.side < size * 0.7 ? ' pixels' : ''}`, role: 'img', 'aria-label': label,
    style: `width: ${size}px; height: ${size}px; background-size: ${sprite.columns * size}px ${rows * size}px; background-position: ${-(index % sprite.columns) * size}px ${-Math.floor(index / sprite.columns) * size}px`,
  });
}

// A line may break after these signs, and never inside a word.
const breakable = text => text.replace(/[_\-/.·]/g, sign => `${sign}\u200b`);

// One address for each sprite, so that it is decoded once. New ones take the place of the old.
let spriteStyle = null, spriteAddresses = [];
function prepare(sprites) {
  if (!Object.keys(sprites).length) return;
  spriteAddresses.forEach(URL.revokeObjectURL);
  spriteAddresses = [];
  spriteStyle ??= document.head.appendChild(element('style'));
  spriteStyle.textContent = Object.values(sprites).map((sprite, i) => {
    const [head, body] = sprite.uri.split(','), bytes = Uint8Array.from(atob(body), c => c.charCodeAt(0));
    sprite.className = `sprite-${i}`;
    spriteAddresses.push(URL.createObjectURL(new Blob([bytes], { type: head.slice(5, head.indexOf(';')) })));
    return `.sprite-${i} { background-image: url("${spriteAddresses[i]}"); }`;
  }).join('\n');
}

const MARKS = { right: '✓', wrong: '✗' };
const SIZES = { neighbours: 64, hardest: 88, alike: 80, views: 64, filters: 30 };

function pictures(host, section, sprite) {
  const size = SIZES[section.section], bare = section.section === 'filters';
  host.append(element('p', { class: 'note', text: section.note }), ...section.rows.map(row => element('div', { class: 'row' },
    row.caption && element('h3', {}, row.mark && element('span', { class: `mark ${row.mark}`, text: MARKS[row.mark] }), row.caption),
    element('div', { class: 'pictures' }, row.pictures.map(picture => element('figure', { class: 'picture', style: `min-width: ${size + (bare ? 0 : 4)}px` },
      tile(sprite, picture.tile, size, picture.caption),
      bare ? null : element('figcaption', {}, picture.mark && element('span', { class: `mark ${picture.mark}`, text: MARKS[picture.mark] + ' ' }), breakable(picture.caption))))))));
}

function table(host, data) {
  const numeric = data.columns.map(name => name.startsWith('.'));
  const cell = (tag, text, i, more) => element(tag, { text, class: numeric[i] ? 'number' : null, ...more });
  const stacked = data.columns.length > 3; // on a narrow screen: a row is a list of names and values
  host.append(element('div', { class: 'scroll' }, element('table', { class: stacked ? 'stacked' : null },
    data.columns.some(name => name) && element('thead', {}, element('tr', {}, data.columns.map((name, i) => cell('th', name.replace(/^\./, ''), i, { scope: 'col' })))),
    element('tbody', {}, data.rows.map((row, r) => element('tr', { class: data.marked.includes(r) ? 'marked' : null }, row.map((text, i) => cell('td', text, i, stacked && { 'data-name': data.columns[i].replace(/^\./, '') }))))))));
  if (data.note) host.append(element('p', { class: 'note', text: data.note }));
}

function confusion(host, data) {
  const { classes, counts } = data, n = classes.length, totals = counts.map(row => row.reduce((a, b) => a + b, 0));
  const readout = element('p', { class: 'readout', role: 'status', text: ' ' });
  const svg = shape('svg', { role: 'img', 'aria-label': `Confusion matrix of ${n} classes` });
  const left = element('div', {}, svg, readout);
  const draw = () => {
    const width = svg.clientWidth, names = n <= 24, label = names ? Math.min(96, width * 0.26) : 8, cell = Math.min(46, (width - label) / n), font = Math.min(12, cell * 0.8);
    if (!width) return;
    svg.setAttribute('height', label + n * cell + 4);
    svg.setAttribute('viewBox', `0 0 ${width} ${label + n * cell + 4}`);
    const cut = name => name.length * font * 0.62 > label - 8 ? name.slice(0, Math.max(2, Math.floor((label - 8) / font / 0.62) - 1)) + '…' : name;
    svg.replaceChildren(...(names ? classes.flatMap((name, i) => [
      shape('text', { x: label - 6, y: label + (i + 0.5) * cell + 4, 'text-anchor': 'end', style: `font-size: ${font}px`, text: cut(name) }),
      shape('text', { transform: `translate(${label + (i + 0.5) * cell + 4} ${label - 6}) rotate(-90)`, style: `font-size: ${font}px`, text: cut(name) }),
    ]) : []), ...counts.flatMap((row, r) => row.flatMap((count, c) => {
      const share = totals[r] ? count / totals[r] : 0, strong = Math.round(100 * Math.sqrt(share));
      const say = () => { readout.textContent = `${classes[r]} predicted as ${classes[c]}: ${count} of ${totals[r]} (${(100 * share).toFixed(1)} %)`; };
      return [
        shape('rect', { x: label + c * cell, y: label + r * cell, width: cell, height: cell, style: `fill: color-mix(in oklab, var(${r === c ? '--good' : '--bad'}) ${strong}%, var(--panel))`, onpointerenter: say, onclick: say }),
        n <= 12 && cell > 20 && count > 0 ? shape('text', { x: label + (c + 0.5) * cell, y: label + (r + 0.5) * cell + 4, 'text-anchor': 'middle', 'pointer-events': 'none', style: `font-size: ${font - 1}px; fill: ${strong > 55 ? 'var(--panel)' : 'var(--ink)'}`, text: count }) : null,
      ];
    })).filter(Boolean));
  };
  // Pairs of classes by the images that were predicted as the other one of the pair.
  const worst = classes.flatMap((_, r) => classes.slice(r + 1).map((_, k) => ({ r, c: r + 1 + k, count: counts[r][r + 1 + k] + counts[r + 1 + k][r] }))).filter(pair => pair.count)
    .sort((a, b) => b.count - a.count || b.count / (totals[b.r] + totals[b.c]) - a.count / (totals[a.r] + totals[a.c])).slice(0, n > 24 ? 15 : 5);
  const order = [...classes.keys()].filter(i => totals[i]).sort((a, b) => counts[b][b] / totals[b] - counts[a][a] / totals[a]);
  const found = [element('h3', { text: 'Accuracy by class' }), element('ul', { class: 'bars' }, order.map(i => {
    const share = counts[i][i] / totals[i];
    return element('li', { title: `${counts[i][i]} of ${totals[i]}` }, element('span', { class: 'name', text: classes[i] }), element('span', { class: 'bar', style: `--share: ${share.toFixed(3)}` }), element('span', { class: 'value', text: `${(100 * share).toFixed(0)} %` }));
  }))];
  const confused = [element('h3', { text: 'Pairs confused most often' }), element('ul', { class: 'worst' }, worst.map(e =>
    element('li', { text: `${classes[e.r]} and ${classes[e.c]}: ${e.count} of ${totals[e.r] + totals[e.c]} images (${counts[e.r][e.c]} ${classes[e.r]} predicted as ${classes[e.c]}, ${counts[e.c][e.r]} the other way)` })))];
  const many = n > 24;
  host.append(element('p', { class: 'note', text: data.note }), left,
    element('div', {}, many ? [] : found, worst.length ? confused : []),
    ...(many ? [element('div', { class: 'wide' }, found)] : []));
  new ResizeObserver(draw).observe(svg);
}
