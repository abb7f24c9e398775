import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { toApiError } from '../lib/api.ts'
import { TooltipProvider } from '../parts/tooltip.tsx'
import { Toasts } from '../parts/toast.tsx'
import { router } from './router.tsx'

// Dialogs lock the scrolling by a style element, which the content security policy lets in by its nonce alone.
setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '')

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      refetchOnWindowFocus: true,
      // What the platform refused it refuses again; what did not reach it may.
      retry: (count, error) => count < 2 && [0, 502, 503, 504].includes(toApiError(error).status),
      // A platform on this machine needs no network.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

const place = document.getElementById('root')
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <TooltipProvider delayDuration={300}>
          <RouterProvider router={router} />
          <Toasts />
        </TooltipProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
