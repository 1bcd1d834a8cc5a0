// What the page asks of the server. Both fail with an Error whose message is for the reader.

const LOST = 'Нет связи с сервером. Попробуйте ещё раз.';

export async function act(messenger, user, fields) {
  await post('/demo/act', JSON.stringify({ messenger, user, ...fields }), 'application/json');
}

/** `kind`: photo or document. `file`: Blob. */
export async function upload(messenger, user, kind, file, name, caption = '') {
  const query = new URLSearchParams({ messenger, user, kind, name, caption });
  await post(`/demo/upload?${query}`, file, file.type || 'application/octet-stream');
}

/** A picture of this site, as a Blob. */
export async function fetchPicture(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) throw new Error('Не получилось взять картинку.');
  return answer.blob();
}

async function post(address, body, type) {
  const answer = await fetch(address, { method: 'POST', body, headers: { 'Content-Type': type } }).catch(() => null);
  if (!answer) throw new Error(LOST);
  if (answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.error ?? `Не получилось (ошибка ${answer.status}).`);
}
