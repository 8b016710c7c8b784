// Only on a page that `simclr watch` serves. A lost connection is tried again by the browser.
(() => {
  const source = new EventSource('events');
  source.addEventListener('update', event => {
    const data = JSON.parse(event.data);
    page.update(data, data.live);
  });
  source.addEventListener('end', () => source.close());
  source.addEventListener('error', () => page.live('Connection lost; this page goes on when simclr watch is there again.'));
})();
