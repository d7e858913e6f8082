package main

import (
	"context"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/storage"
)

// printList prints a list: a view of each item for --json, a row under head for people.
func printList[Item, View any](a *app, list []Item, view func(Item) View, row func(Item) []string, head ...string) error {
	views, rows := []View{}, [][]string{head}
	for _, item := range list {
		views, rows = append(views, view(item)), append(rows, row(item))
	}
	return a.print(views, rows)
}

// end ends the thing that has this id, with the record of it, and prints that it was done.
func (a *app) end(ctx context.Context, what, done, id string, rec idp.AuditRecord, act func(*storage.Store, idp.Effects) error) error {
	return a.withStore(ctx, func(_ *config.Config, store *storage.Store) error {
		if err := act(store, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
			return naming(err, what, id)
		}
		return a.print(map[string]string{done: id}, [][]string{{done, id}})
	})
}
