// A peer: client-go's shared informer for events with its defaults, over protobuf or JSON. It keeps the same account as the other subjects
// (bench/subjects/tally.ts) and tells it as a line of JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

type task struct {
	Events int `json:"events"`
}

type account struct {
	Events        int      `json:"events"`
	IsExactlyOnce bool     `json:"isExactlyOnce"`
	TooMany       []string `json:"tooMany"`
	StartCPUMs    float64  `json:"startCpuMs"`
	CPUMs         float64  `json:"cpuMs"`
	WallMs        float64  `json:"wallMs"`
	PeakRSSMb     float64  `json:"peakRssMb"`
}

const mostNamed = 5

func main() {
	var asked task
	check(json.Unmarshal([]byte(os.Args[2]), &asked))
	go endWithParent()

	startCPUMs := cpuMs()
	started := time.Now()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	check(err)
	// The defaults would put it off: 5 requests a second.
	config.QPS = -1
	config.ContentType = os.Args[1]
	client, err := kubernetes.NewForConfig(config)
	check(err)

	seen := make([]byte, asked.Events)
	tooMany := []string{}
	count := 0
	complete := make(chan struct{})
	var once sync.Once
	factory := informers.NewSharedInformerFactory(client, 0)
	_, err = factory.Core().V1().Events().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			uid := string(object.(*corev1.Event).UID)
			number, err := strconv.ParseUint(uid[24:], 16, 64)
			check(err)
			if number >= uint64(len(seen)) || seen[number] != 0 {
				tooMany = append(tooMany, uid)
			} else {
				seen[number] = 1
			}
			count++
			if count == asked.Events {
				once.Do(func() { close(complete) })
			}
		},
	})
	check(err)
	factory.Start(make(chan struct{}))
	<-complete

	used := cpuMs() - startCPUMs
	wall := time.Since(started)
	exactlyOnce := count == asked.Events && len(tooMany) == 0
	line, err := json.Marshal(account{
		Events:        count,
		IsExactlyOnce: exactlyOnce,
		TooMany:       tooMany[:min(len(tooMany), mostNamed)],
		StartCPUMs:    startCPUMs,
		CPUMs:         used,
		WallMs:        float64(wall.Microseconds()) / 1000,
		PeakRSSMb:     peakRSSMb(),
	})
	check(err)
	fmt.Println(string(line))
}

// endWithParent: whoever is waited for by nobody ends.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

// cpuMs is what all threads of this process used, user and system.
func cpuMs() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// peakRSSMb is of this program alone: on Linux getrusage would begin with the peak of the process that started it.
func peakRSSMb() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		var usage syscall.Rusage
		check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
		return float64(usage.Maxrss) / 1024
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			check(err)
			return kilobytes / 1024
		}
	}
	return 0
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
