// Package logo keeps the pictures that clients registered (logo_uri), so that a page can show
// one without loading anything from anywhere: the provider fetches it once, decodes it, draws
// it anew at the size of the page and keeps that. What a page shows is pixels that this
// package wrote; nothing else that was in the file survives, and no browser of a customer
// ever speaks with the client's site.
//
// It refuses everything but PNG and JPEG of a bounded size. SVG is a program.
package logo
