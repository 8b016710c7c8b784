'use strict';
// Elements are made, never parsed: no text of the data can become markup.
const element = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const shape = (tag, attributes, ...children) => fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

const byId = id => document.getElementById(id);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// A number as people read it: four digits.
function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size > 0 && size < 1e-3) return value.toExponential(2);
  return Number(value.toPrecision(size >= 1e4 ? 9 : 4)).toLocaleString('en', { maximumFractionDigits: size >= 1e4 ? 0 : 6 });
}

function duration(seconds) {
  const s = Math.round(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h ? `${h} h ${m} min` : s >= 60 ? `${m} min ${s % 60} s` : `${s} s`;
}

// Round numbers, about `count` of them, from low to high.
function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw * 0.7);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found;
}

// The first index whose value is at least x.
function lowerBound(values, x) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nearest(values, x) {
  const i = lowerBound(values, x);
  return i > 0 && (i === values.length || x - values[i - 1] <= values[i] - x) ? i - 1 : i;
}

// A choice of one of several buttons.
function choice(options, chosen, label, pick) {
  const buttons = Object.entries(options).map(([key, name]) => element('button', {
    type: 'button', text: name, 'data-key': key, 'aria-pressed': String(key === chosen),
    onclick: event => {
      for (const button of buttons) button.setAttribute('aria-pressed', String(button === event.currentTarget));
      pick(key);
    },
  }));
  return element('span', { class: 'group', role: 'group', 'aria-label': label }, buttons);
}
