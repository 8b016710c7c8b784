const page = (() => {
  let curves = null;

  const open = id => {
    const section = byId(id);
    section.hidden = false;
    return section.querySelector('.body');
  };

  function head(data) {
    byId('title').textContent = data.title;
    byId('subtitle').textContent = data.subtitle;
    if (data.notes?.length) open('notes').replaceChildren(...data.notes.map(text => element('li', { text })));
    if (data.figures?.length) open('figures').replaceChildren(...data.figures.map(figure => element('div', {},
      element('dt', { text: figure.name }), element('dd', { class: 'value', text: figure.value }), element('dd', { class: 'against', text: figure.note }))));
    if (data.runs?.length) {
      open('curves');
      (curves ??= new Curves(byId('curves'))).update(data);
    }
  }

  function theme() {
    const root = document.documentElement, button = byId('theme'), system = matchMedia('(prefers-color-scheme: dark)');
    const show = dark => {
      button.textContent = dark ? 'Light' : 'Dark';
      button.setAttribute('aria-label', `Switch to ${dark ? 'light' : 'dark'}`);
    };
    let dark = system.matches;
    show(dark);
    system.addEventListener('change', event => { if (!root.style.colorScheme) show(dark = event.matches); });
    button.addEventListener('click', () => {
      dark = !dark;
      root.style.colorScheme = dark ? 'dark' : 'light';
      show(dark);
    });
  }

  function start(data) {
    theme();
    prepare(data.sprites ?? {});
    head(data);
    for (const entry of data.tables ?? []) if (entry.rows.length) table(open(entry.section), entry);
    if (data.confusion) confusion(open('confusion'), data.confusion);
    if (data.map) new EmbeddingMap(open('map'), data.map, data.sprites.map);
    for (const section of data.pictures ?? []) pictures(open(section.section), section, data.sprites[section.sprite]);
    byId('contents').replaceChildren(...[...document.querySelectorAll('main section:not([hidden])')].filter(s => s.querySelector('h2'))
      .map(s => element('a', { href: `#${s.id}`, text: s.querySelector('h2').textContent })));
    // Once the curves have drawn themselves: until then sections lie elsewhere.
    if (location.hash) requestAnimationFrame(() => requestAnimationFrame(() => byId(location.hash.slice(1))?.scrollIntoView({ behavior: 'instant' })));
  }

  // What a live page is sent: the same data with new curves, figures and notes, and a line about it.
  function update(data, status) {
    head(data);
    byId('live').hidden = !status;
    byId('live').textContent = status ?? '';
  }

  return { start, update };
})();

window.simclr = page;
page.start(JSON.parse(byId('data').textContent));
