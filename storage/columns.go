package storage

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"
)

// Row types repeat the nouns of package idp field by field, so that one converts into the
// other and a field added there does not compile until it has a column here.

// micros is a time as it is stored: Unix microseconds, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// microsSerializer is micros for fields of row types.
type microsSerializer struct{}

// Scan implements schema.SerializerInterface.
func (microsSerializer) Scan(ctx context.Context, field *schema.Field, dst reflect.Value, value any) error {
	var n sql.NullInt64
	if err := n.Scan(value); err != nil {
		return fmt.Errorf("storage: time in %s: %w", field.DBName, err)
	}
	field.ReflectValueOf(ctx, dst).Set(reflect.ValueOf(fromMicros(n.Int64)))
	return nil
}

// Value implements schema.SerializerValuerInterface.
func (microsSerializer) Value(_ context.Context, field *schema.Field, _ reflect.Value, value any) (any, error) {
	t, ok := value.(time.Time)
	if !ok {
		return nil, fmt.Errorf("storage: %s is not a time", field.DBName)
	}
	return micros(t), nil
}

// columns lists the columns of a row type for a statement. With a table alias each is
// written alias.column; with a prefix also AS prefixcolumn, for embedding in a joined row.
func columns[Row any](alias, prefix string) string {
	schema.RegisterSerializer("micros", microsSerializer{}) // here, because column lists are made before init runs
	parsed, err := schema.Parse(new(Row), &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		panic(err) // a row type of this package is wrong; no input leads here
	}
	names := make([]string, 0, len(parsed.DBNames))
	for _, name := range parsed.DBNames {
		switch {
		case prefix != "":
			names = append(names, alias+"."+name+" AS "+prefix+name)
		case alias != "":
			names = append(names, alias+"."+name)
		default:
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
