// Asks a running API one question with the client that is generated from its document.

import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };

const [baseUrl, token] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const { data, error } = await client.GET("/organizations/{id}/users", {
  params: { path: { id: "acme" }, query: { limit: 1 } },
});
if (error) throw new Error(`${error.type}: ${error.detail}`);
const [member] = data.items;
if (member?.userId !== "ada" || member.role !== "admin") throw new Error(JSON.stringify(data));

const nobody = await client.GET("/users/{id}", { params: { path: { id: "nobody" } } });
if (nobody.error?.status !== 404) throw new Error(JSON.stringify(nobody.data));
console.log("openapi.sh: the TypeScript client was answered");
