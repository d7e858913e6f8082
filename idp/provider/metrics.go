package provider

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"sekisho/idp/logout/backchannel"
	"sekisho/idp/notify"
)

// metrics are what an operator watches. Labels are closed sets: never a path with an id
// in it, a client or an account.
type metrics struct {
	requests  *prometheus.HistogramVec
	events    *prometheus.CounterVec
	auditLost prometheus.Counter
	mails     *prometheus.CounterVec
	backlog   prometheus.Gauge
	oldest    prometheus.Gauge

	logouts       *prometheus.CounterVec
	logoutBacklog prometheus.Gauge
	logoutOldest  prometheus.Gauge
}

func newMetrics(reg *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sekisho_http_request_seconds", Help: "Time to answer, by method and status class.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"method", "class"}),
		events:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_security_events_total", Help: "Queued audit events by name and result."}, []string{"event", "result"}),
		auditLost: prometheus.NewCounter(prometheus.CounterOpts{Name: "sekisho_audit_lost_total", Help: "Audit records that reached the log stream only."}),
		mails:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_mail_total", Help: "Mails by outcome."}, []string{"outcome"}),
		backlog:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "sekisho_mail_backlog", Help: "Mails waiting to be delivered."}),
		oldest:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "sekisho_mail_oldest_seconds", Help: "Age of the oldest waiting mail."}),

		logouts:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_logout_total", Help: "Attempts to tell a relying party of a logout, by outcome."}, []string{"outcome"}),
		logoutBacklog: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sekisho_logout_backlog", Help: "Relying parties still to be told of a logout."}),
		logoutOldest:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "sekisho_logout_oldest_seconds", Help: "Age of the oldest logout a relying party was not told of."}),
	}
	reg.MustRegister(m.requests, m.events, m.auditLost, m.mails, m.backlog, m.oldest, m.logouts, m.logoutBacklog, m.logoutOldest,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) mail() notify.Metrics {
	return notify.Metrics{
		Delivered: func(notify.Kind, time.Duration) { m.mails.WithLabelValues("delivered").Inc() },
		Failed:    func(string) { m.mails.WithLabelValues("failed").Inc() },
		Expired:   func(string) { m.mails.WithLabelValues("expired").Inc() },
		Backlog: func(pending int, oldest time.Duration) {
			m.backlog.Set(float64(pending))
			m.oldest.Set(oldest.Seconds())
		},
	}
}

func (m *metrics) logout() backchannel.Metrics {
	return backchannel.Metrics{
		Outcome: func(outcome string) { m.logouts.WithLabelValues(outcome).Inc() },
		Backlog: func(pending int, oldest time.Duration) {
			m.logoutBacklog.Set(float64(pending))
			m.logoutOldest.Set(oldest.Seconds())
		},
	}
}

var knownMethods = map[string]string{
	http.MethodGet: http.MethodGet, http.MethodHead: http.MethodHead, http.MethodPost: http.MethodPost, http.MethodOptions: http.MethodOptions,
}

// observe measures every request.
func (m *metrics) observe(now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun, seen := now(), &statusWriter{ResponseWriter: w}
			defer func() {
				method := knownMethods[r.Method]
				if method == "" {
					method = "other"
				}
				m.requests.WithLabelValues(method, seen.class()).Observe(now().Sub(begun).Seconds())
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusWriter) class() string {
	if s.status == 0 {
		return "2xx"
	}
	return strconv.Itoa(s.status/100) + "xx"
}
