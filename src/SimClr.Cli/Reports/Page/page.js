const page = (() => {
  let curves = null;

  const open = id => {
    const section = byId(id);
    section.hidden = false;
    return section.querySelector('.body');
  };

  const empty = id => {
    open(id).replaceChildren();
    return open(id);
  };

  function head(data) {
    byId('title').textContent = data.title;
    byId('subtitle').textContent = data.subtitle;
    open('notes').replaceChildren(...(data.notes ?? []).map(text => element('li', { text })));
    byId('notes').hidden = !data.notes?.length;
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

  // Everything but the curves; a section that the data lack stays as it is.
  function sections(data) {
    const tables = (data.tables ?? []).filter(entry => entry.rows.length), shown = [...tables, ...data.pictures ?? []];
    prepare(data.sprites ?? {});
    for (const { section } of shown) empty(section);
    for (const entry of tables) table(open(entry.section), entry);
    if (data.confusion) confusion(empty('confusion'), data.confusion);
    if (data.map) new EmbeddingMap(empty('map'), data.map, data.sprites.map);
    for (const section of data.pictures ?? []) pictures(open(section.section), section, data.sprites[section.sprite]);
    byId('contents').replaceChildren(...[...document.querySelectorAll('main section:not([hidden])')].filter(s => s.querySelector('h2'))
      .map(s => element('a', { href: `#${s.id}`, text: s.querySelector('h2').textContent })));
  }

  function start(data) {
    theme();
    head(data);
    sections(data);
    live(data.live);
    // Once the curves have drawn themselves: until then sections lie elsewhere.
    if (location.hash) requestAnimationFrame(() => requestAnimationFrame(() => byId(location.hash.slice(1))?.scrollIntoView({ behavior: 'instant' })));
  }

  function live(status) {
    byId('live').hidden = !status;
    byId('live').textContent = status ?? '';
  }

  // What a live page is sent: newer data, of the heavy sections only those that changed, and a line about it.
  function update(data, status) {
    head(data);
    sections(data);
    live(status);
  }

  return { start, update, live };
})();

window.simclr = page;
page.start(JSON.parse(byId('data').textContent));
