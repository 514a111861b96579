const canvas = element.querySelector('canvas');
if (canvas) {
  const context = canvas.getContext('2d');
  const size = element.querySelector('[data-brush]');
  let colour = canvas.dataset.first;
  let last = null;
  const fill = () => { context.fillStyle = canvas.dataset.ground; context.fillRect(0, 0, canvas.width, canvas.height); };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * canvas.width, (event.clientY - box.top) / box.height * canvas.height];
  };
  const send = () => trigger('click', {do: 'drawn', of: canvas.toDataURL('image/png')});
  const stroke = (from, to) => {
    const wide = Number(size.value);
    context.fillStyle = colour;
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let i = 0; i <= steps; i++) {
      const x = from[0] + (to[0] - from[0]) * i / steps, y = from[1] + (to[1] - from[1]) * i / steps;
      context.fillRect(Math.round(x - wide / 2), Math.round(y - wide / 2), wide, wide);
    }
  };
  const begin = () => {
    if (!canvas.dataset.picture) { fill(); return; }
    const picture = new Image();
    picture.onload = () => context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.src = canvas.dataset.picture;
  };
  begin();
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last, last);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!last) return;
    const next = place(event);
    stroke(last, next);
    last = next;
  });
  canvas.addEventListener('pointerup', () => { if (last) { last = null; send(); } });
  let at = [canvas.width / 2, canvas.height / 2];
  canvas.addEventListener('keydown', (event) => {
    const far = Number(size.value);
    const ways = {ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far]};
    if (event.key in ways) {
      event.preventDefault();
      const next = [at[0] + ways[event.key][0], at[1] + ways[event.key][1]];
      at = [Math.min(Math.max(next[0], 0), canvas.width), Math.min(Math.max(next[1], 0), canvas.height)];
      stroke(at, at);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      send();
    }
  });
  element.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.colour) {
      colour = button.dataset.colour;
      for (const other of element.querySelectorAll('[data-colour]')) other.setAttribute('aria-pressed', other === button);
    } else if (button.dataset.tool === 'clear') { fill(); send(); }
    else if (button.dataset.tool === 'send') send();
  });
}
