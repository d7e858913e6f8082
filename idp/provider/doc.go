// Package provider wires the OpenID Provider together: it turns a configuration into
// services, mounts every route from one table that states each route's kind and
// protection, and runs what works in the background. A rule of the protocol or of the
// product does not belong here.
package provider
