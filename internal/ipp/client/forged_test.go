package client

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/warren-go/warren/internal/ipp/controller"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// forge makes a message as the controller sends it, signed with a key.
func forge(t *testing.T, key, kind, parent string, content any) [][]byte {
	t.Helper()
	codec, err := wire.NewCodec("hmac-sha256", key, "forger")
	if err != nil {
		t.Fatal(err)
	}
	header, err := json.Marshal(map[string]string{"msg_id": parent})
	if err != nil {
		t.Fatal(err)
	}
	m, err := codec.New(kind, header, content)
	if err != nil {
		t.Fatal(err)
	}
	m.Metadata = []byte("{}")
	frames, err := codec.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// Who does not have the key can neither answer requests nor tell of engines or of the controller's end. Who has it
// can, so it is the signature that keeps the others from it.
func TestMessagesWithABadSignatureAreDropped(t *testing.T) {
	dir := t.TempDir()
	owned, err := controller.Start(controller.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer owned.Close()
	c := join(t, dir, 1)
	client := c.client
	e := client.Engines()[0]
	f := client.Direct(t.Context(), e, Execute("wait here", true, nil))
	<-c.began

	key, reply := owned.ClientInfo().Key, map[string]string{"status": "ok"}
	tell := func(key string) {
		client.take(forge(t, key, "execute_reply", f.ID(), reply), client.onReply)
		client.take(forge(t, key, "registration_notification", "", protocol.Notification{UUID: "x", ID: 7}), client.onNotification)
	}
	shutdown := func(key string) {
		client.take(forge(t, key, "shutdown_notification", "", map[string]string{}), client.onNotification)
	}
	tell("wrong")
	shutdown("wrong")
	unsigned := forge(t, key, "execute_reply", f.ID(), reply)
	unsigned[slices.IndexFunc(unsigned, func(f []byte) bool { return string(f) == "<IDS|MSG>" })+1] = nil
	client.take(unsigned, client.onReply)
	select {
	case <-f.Done():
		t.Error("a forged reply was taken")
	default:
	}
	if engines := client.Engines(); len(engines) != 1 || client.Err() != nil {
		t.Errorf("forged news were taken: engines %v, %v", engines, client.Err())
	}

	tell(key)
	if _, err := get(t, f); err != nil {
		t.Errorf("a signed reply: %v", err)
	}
	if n := len(client.Engines()); n != 2 {
		t.Errorf("%d engines after signed news of a second one", n)
	}
	if shutdown(key); !errors.Is(client.Err(), ErrControllerGone) {
		t.Errorf("after a signed shutdown: %v", client.Err())
	}
}
