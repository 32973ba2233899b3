// Keeps a page of the status server true: asks for it again after each event, and counts seconds in between. What is
// shown was made by the server; nothing from the journal becomes markup here.
'use strict';

(() => {
  const live = document.getElementById('live');
  const cursor = document.body.dataset.cursor;
  let offset = Number(document.body.dataset.now) - Date.now();
  let wanted = false;
  let busy = false;
  let last = 0;

  // As the program writes them: three figures, in the unit that suits.
  function duration(ms) {
    if (ms < 1) return `${Math.round(ms * 1000)} µs`;
    if (ms < 9.995) return `${ms.toFixed(2)} ms`;
    if (ms < 99.95) return `${ms.toFixed(1)} ms`;
    if (ms < 999.5) return `${Math.round(ms)} ms`;
    if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
    if (ms < 59950) return `${(ms / 1000).toFixed(1)} s`;
    const parts = (small, many, larger, smaller) => {
      const count = Math.floor(small / many);
      const rest = small % many;
      return rest === 0 ? `${count} ${larger}` : `${count} ${larger} ${rest} ${smaller}`;
    };
    if (ms < 3599500) return parts(Math.round(ms / 1000), 60, 'min', 's');
    if (ms < 86370000) return parts(Math.round(ms / 60000), 60, 'h', 'min');
    return parts(Math.round(ms / 3600000), 24, 'd', 'h');
  }

  function tick() {
    const now = Date.now() + offset;
    for (const place of document.querySelectorAll('[data-since]')) {
      const elapsed = Math.max(0, now - Number(place.dataset.since));
      if (place.tagName === 'svg') progress(place, elapsed);
      else place.textContent = duration(Math.max(1000, Math.floor(elapsed / 1000) * 1000)).replace(/\.0+ s$/, ' s');
    }
  }

  // The run in flight against its own history.
  function progress(picture, elapsed) {
    const p50 = Number(picture.dataset.p50);
    const p99 = Number(picture.dataset.p99);
    const here = Math.max(0, p50 - elapsed);
    const { rest, state, usual } = picture.dataset;
    const most = Math.max(p99 * 1.25, elapsed);
    const late = elapsed > p99;
    const place = (value) => String(Math.min(100, (value / most) * 100));
    const bar = picture.querySelector('.done, .late');
    bar.setAttribute('width', place(elapsed));
    bar.setAttribute('class', late ? 'late' : 'done');
    for (const [name, value] of [['p50', p50], ['p99', p99]]) {
      const mark = picture.querySelector(`[data-mark=${name}]`);
      mark.setAttribute('x1', place(value));
      mark.setAttribute('x2', place(value));
    }
    picture.setAttribute('aria-label', `${state}: ${duration(Math.floor(elapsed / 1000) * 1000)} ${usual}`);
    const words = document.getElementById(picture.dataset.words);
    if (!words) return;
    const left = here + Number(rest);
    let forecast = left > 0 ? `about ${duration(left)} left` : 'any moment now';
    // No warm-up of its kind has ended yet: until READY nobody knows.
    if (rest === '') forecast = here > 0 ? `about ${duration(here)} left in ${state}` : '';
    if (late) forecast = `slower than its p99 of ${duration(p99)}`;
    if (words.textContent !== forecast) words.textContent = forecast;
  }

  function say(text) {
    if (live && live.textContent !== text) live.textContent = text;
  }

  // What a section says, but for the time that passes in it.
  function contents(section) {
    const copy = section.cloneNode(true);
    for (const place of copy.querySelectorAll('[data-since], .forecast')) {
      place.textContent = '';
      place.removeAttribute('aria-label');
    }
    return copy.outerHTML;
  }

  // Replaces what has changed, and keeps the focus where it was.
  function show(text) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    if (!page.body.dataset.now) return;
    offset = Number(page.body.dataset.now) - Date.now();
    document.title = page.title;
    const key = (element) => element.getAttribute('href') || element.getAttribute('aria-label');
    const focus = document.activeElement && key(document.activeElement);
    const scrolled = [...document.querySelectorAll('main [role=region]')].map((region) => [key(region), region.scrollLeft]);
    const [before, after] = [document.querySelector('main'), page.querySelector('main')];
    const sections = (main) => [...main.children].map((child) => child.id).join();
    if (sections(before) !== sections(after)) {
      before.replaceWith(document.adoptNode(after));
    } else {
      [...before.children].forEach((old, place) => {
        const fresh = after.children[place];
        if (contents(fresh) !== contents(old)) old.replaceWith(document.importNode(fresh, true));
      });
    }
    if (focus && document.activeElement === document.body) {
      const again = [...document.querySelectorAll('main a, main [tabindex]')].find((place) => key(place) === focus);
      if (again) again.focus({ preventScroll: true });
    }
    for (const region of document.querySelectorAll('main [role=region]')) {
      const [, left] = scrolled.find(([name]) => name === key(region)) || [null, 0];
      if (region.scrollLeft !== left) region.scrollLeft = left;
    }
    tick();
  }

  // What is being clicked at stays where it is.
  let pressed = Promise.resolve();
  addEventListener('pointerdown', () => {
    pressed = new Promise((done) => {
      for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(done), { once: true });
    });
  });

  // At most twice a second, and always once more after the last event.
  async function refresh() {
    if (busy) { wanted = true; return; }
    busy = true;
    wanted = false;
    const wait = 500 - (Date.now() - last);
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    last = Date.now();
    try {
      const answer = await fetch(location.href, { cache: 'no-store' });
      const text = await answer.text();
      await pressed;
      if (answer.ok) show(text);
      else setTimeout(refresh, 2000);
    } catch {
      // The stream of events says when the server is there again.
    }
    busy = false;
    if (wanted) refresh();
  }

  function listen() {
    const events = new EventSource(`/events?after=${encodeURIComponent(cursor)}`);
    // The stream goes on where the page was made; what no event tells may have changed while there was none.
    let wasAway = false;
    events.addEventListener('open', () => {
      say('live');
      if (wasAway) refresh();
      wasAway = false;
    });
    events.addEventListener('error', () => {
      wasAway = true;
      say('not connected; trying again');
      // A browser gives up on an answer that is no stream of events.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
    });
    events.addEventListener('reset', refresh);
    events.addEventListener('change', refresh);
    events.addEventListener('transition', refresh);
  }

  // What is newest stands at the right end of a picture over time, which a narrow page may not show.
  for (const region of document.querySelectorAll('main [role=region].newest')) region.scrollLeft = region.scrollWidth;
  tick();
  setInterval(tick, 250);
  if (cursor) listen();
})();
