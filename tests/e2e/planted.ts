/**
 * Containers, an image and a volume with secrets in them, wherever the engine
 * keeps an environment, a command or a mount, and what clients are shown of it.
 *
 * @module
 */

import { IMAGE } from "./dockerd.ts";
import { until } from "./programs.ts";
import type { ScopeRig } from "./scope_rig.ts";

/** What is planted, by the word that hides it. */
export const SECRET = /(?:ENV|ARG|MOUNT)SECRET/g;

/** What `web` prints: logs are shown as they are, so that nothing is planted there. */
export const SAID = "said by web";

/** Labels by which Traefik routes a path to port 8080 of a container. */
function routed(name: string): string[] {
  return [
    "--label=traefik.enable=true",
    `--label=traefik.http.routers.${name}.rule=PathPrefix(\`/${name}\`)`,
    `--label=traefik.http.services.${name}.loadbalancer.server.port=8080`,
  ];
}

/** Plants; afterwards `web` serves `/web/`, and `late` is made but not started. */
export async function plant({ engine, folder }: ScopeRig): Promise<void> {
  await engine("create", "--name=seed", "--env=A=ENVSECRET", IMAGE, "true");
  await engine(
    ...["commit", "--change", "ENV B=ENVSECRET"],
    ...["--change", 'ENTRYPOINT ["sh", "-c", "exec \\"$@\\"", "ARGSECRET"]'],
    ...["--change", 'CMD ["sleep", "1000", "ARGSECRET"]', "seed", "planted"],
  );
  await engine("network", "create", "front");
  await engine(
    ...["volume", "create", "--opt=type=tmpfs", "--opt=device=tmpfs"],
    ...["--opt=o=size=1m,uid=0", "planted"],
  );
  await Deno.mkdir(`${folder}/MOUNTSECRET`);
  for (const name of ["web", "late"]) {
    await engine(
      ...["create", `--name=${name}`, "--network=front"],
      ...["--env=PASSWORD=ENVSECRET", `-v=${folder}/MOUNTSECRET:/data`],
      // The log driver adds this variable to the details of each line.
      ...["--log-opt=env=PASSWORD", "-v=planted:/kept"],
      ...["--health-cmd=echo ARGSECRET", "--health-interval=1s"],
      ...["--label=team=shop", ...routed(name)],
      ...["--stop-signal=KILL", "--entrypoint=sh", "planted", "-c"],
      `mkdir -p /www/${name}; echo ${name} >/www/${name}/index.html; echo said by ${name}; exec busybox httpd -f -p 8080 -h /www; : ARGSECRET`,
    );
  }
  await engine("start", "web");
  await until(
    "a healthy container",
    async () =>
      await engine("inspect", "--format={{.State.Health.Status}}", "web") ===
        "healthy",
    () => "",
  );
  await engine("exec", "web", "echo", "ARGSECRET");
  await engine("create", "--name=broken", IMAGE, "/ARGSECRET");
  await engine("start", "broken").catch(() => {});
  await engine("create", "--name=whole", "planted");
}

/**
 * The secrets that stand in what a client was told, each once.
 *
 * @param text Bytes of answers; chunks may part a text.
 */
export function secretsIn(text: string): string[] {
  const joined = text.replaceAll(/\r\n[0-9a-f]+\r\n/gi, "");
  return [...new Set([text, joined].flatMap((one) => one.match(SECRET) ?? []))]
    .sort();
}
